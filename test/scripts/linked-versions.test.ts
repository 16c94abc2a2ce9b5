import { describe, expect, it } from "vitest";
import { inRepository } from "../e2e/support/paths.js";

interface Needs {
  readonly libraries: readonly string[];
  readonly versions: readonly string[];
}

const {
  parseNeeds,
  beyondGlibc,
}: {
  parseNeeds(text: string): Needs;
  beyondGlibc(needs: Needs, newest: readonly [number, number]): readonly string[];
} = await import(inRepository("scripts/linked-versions.mjs"));

const printed = `
 0x0000000000000001 (NEEDED)             Shared library: [libstdc++.so.6]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000000000000e (SONAME)             Library soname: [libnvidia-ml.so.1]

Version definition section '.gnu.version_d' contains 2 entries:
  000000: Rev: 1  Flags: BASE  Index: 1  Cnt: 1  Name: libnvidia-ml.so.1

Version needs section '.gnu.version_r' contains 2 entries:
  000000: Version: 1  File: libc.so.6  Cnt: 3
  0x0010:   Name: GLIBC_2.34  Flags: none  Version: 4
  0x0020:   Name: GLIBC_2.2.5  Flags: none  Version: 2
  0x0030: Version: 1  File: libstdc++.so.6  Cnt: 1
  0x0040:   Name: GLIBCXX_3.4.30  Flags: WEAK  Version: 3
`;

describe("what a binary asks of the system", () => {
  it("is read from readelf's output, without what the binary defines itself", () => {
    expect(parseNeeds(printed)).toEqual({
      libraries: ["libstdc++.so.6", "libc.so.6"],
      versions: ["GLIBC_2.34", "GLIBC_2.2.5", "GLIBCXX_3.4.30"],
    });
  });

  it("names every library and version that an old glibc alone does not have", () => {
    expect(beyondGlibc(parseNeeds(printed), [2, 28])).toEqual(["libstdc++.so.6", "GLIBC_2.34", "GLIBCXX_3.4.30"]);
    expect(beyondGlibc(parseNeeds(printed), [2, 34])).toEqual(["libstdc++.so.6", "GLIBCXX_3.4.30"]);
  });

  it("takes what glibc consists of, and versions up to the one given", () => {
    const libraries = ["libc.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2"];
    expect(beyondGlibc({ libraries, versions: ["GLIBC_2.28", "GLIBC_2.2.5"] }, [2, 28])).toEqual([]);
    expect(beyondGlibc({ libraries, versions: ["GLIBC_2.29", "GLIBC_3.0"] }, [2, 28])).toEqual([
      "GLIBC_2.29",
      "GLIBC_3.0",
    ]);
    // What a library has for itself alone is of one version of it.
    expect(beyondGlibc({ libraries, versions: ["GLIBC_PRIVATE"] }, [2, 28])).toEqual(["GLIBC_PRIVATE"]);
  });
});
