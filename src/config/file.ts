import { readFileSync, statSync } from "node:fs";

/** Larger than any configuration that people write; a wrong path to a log or an image is refused early. */
const maxBytes = 1024 * 1024;

export type FileText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

/** The text of a configuration file, or one sentence on why there is none. Waits for the disk: for starts and reloads. */
export function readConfigurationFile(path: string): FileText {
  try {
    const { size } = statSync(path);
    if (size > maxBytes) return tooLarge(path);
    const text = readFileSync(path, "utf8");
    return text.length > maxBytes ? tooLarge(path) : { ok: true, text };
  } catch (error) {
    return { ok: false, problem: `${path}: ${explain((error as NodeJS.ErrnoException).code, error)}` };
  }
}

const tooLarge = (path: string): FileText => ({
  ok: false,
  problem: `${path}: the file is larger than 1 MiB, so it cannot be a configuration`,
});

function explain(code: string | undefined, error: unknown): string {
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EISDIR":
      return "this is a directory: name the configuration file in it";
    case "EACCES":
      return "no permission to read the file";
    case "ENOTDIR":
      return "there is no such file: a part of the path is not a directory";
    default:
      return `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
