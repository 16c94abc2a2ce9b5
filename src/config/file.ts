import { closeSync, openSync, readSync } from "node:fs";

/** Larger than any configuration that people write; a wrong path to a log or an image is refused early. */
const maxBytes = 1024 * 1024;

export type FileText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

/** The text of a configuration file, or one sentence on why there is none. Waits for the disk: for starts and reloads. */
export function readConfigurationFile(path: string): FileText {
  try {
    const bytes = readStart(path, maxBytes + 1);
    return bytes.length > maxBytes ? tooLarge(path) : { ok: true, text: bytes.toString("utf8") };
  } catch (error) {
    return { ok: false, problem: `${path}: ${explain((error as NodeJS.ErrnoException).code, error)}` };
  }
}

/** No more than that, since pipes and devices do not say how much there is: `/dev/zero` has no end. */
function readStart(path: string, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  const file = openSync(path, "r");
  try {
    let length = 0;
    let readBytes: number;
    do {
      readBytes = readSync(file, buffer, length, bytes - length, null);
      length += readBytes;
    } while (readBytes > 0 && length < bytes);
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
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
