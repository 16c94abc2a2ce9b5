// What a binary asks of the system that loads it, as `readelf --wide --dynamic --version-info` (binutils) prints it.

/**
 * @param {string} text what readelf printed
 * @returns {{ libraries: string[], versions: string[] }} the libraries that have to be there, and the symbol versions
 *   that are needed of them, such as `GLIBC_2.17`
 */
export function parseNeeds(text) {
  const libraries = [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]);
  // Only needed versions have flags before them; the versions that the binary itself defines have a revision.
  const versions = [...text.matchAll(/Name: (\S+)\s+Flags: \S+\s+Version: /g)].map((match) => match[1]);
  return { libraries, versions: [...new Set(versions)] };
}

/** Parts of glibc itself. */
const glibcLibrary = /^(ld-linux-x86-64|lib(c|m|dl|pthread|rt))\.so\.[0-9]+$/;

/**
 * Whether a binary with these needs loads where there is this glibc and nothing else.
 * @param {{ libraries: string[], versions: string[] }} needs
 * @param {[number, number]} newestGlibc such as [2, 28]
 * @returns {string[]} what it asks for beyond that
 */
export function beyondGlibc({ libraries, versions }, newestGlibc) {
  return [
    ...libraries.filter((library) => !glibcLibrary.test(library)),
    ...versions.filter((version) => !isAtMost(version, newestGlibc)),
  ];
}

function isAtMost(version, [newestMajor, newestMinor]) {
  const [, major, minor] = /^GLIBC_([0-9]+)\.([0-9]+)/.exec(version)?.map(Number) ?? [];
  return major < newestMajor || (major === newestMajor && minor <= newestMinor);
}
