import { stat } from "node:fs/promises";
import type { z } from "zod";
import { healthy, present } from "../../core/result.js";
import { formatAgainst, formatBytes, formatDuration } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { absolutePath, duration, mapping, size } from "../options.js";
import type { Reason } from "../reasons.js";
import { CheckError, type Result } from "../result.js";

/** Ten years, for files that change with releases only. */
const longestAgeMs = 3650 * 86_400_000;

const options = () =>
  mapping({
    path: absolutePath().describe("The file, or a directory. Symbolic links are followed."),
    maxAge: duration({ atMostMs: longestAgeMs })
      .optional()
      .describe("How long ago its content was last changed, at most (`30s`, `7d`)."),
    minSize: size().optional().describe("Its size at least; `1B` refuses an empty file."),
    maxSize: size().optional().describe("Its size at most, for files that must not grow without an end."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const file = defineCheck<Options>({
  type: "file",
  summary: "A file is there, was changed lately enough, and is as large as it should be.",
  reasons: ["files"],
  options,
  schedule: { intervalMs: 30_000 },
  readings: {
    ageSeconds: { metric: "file_age", unit: "seconds", help: "Time since the file's content was last changed." },
    sizeBytes: { metric: "file_size", unit: "bytes", help: "Size of the file." },
  },
  create: (given, { clock }) => ({
    run: async () => judgeFile(await readFileState(given.path), given, clock.wallMs()),
  }),
});

export interface FileState {
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** As with `disk`: on a network file system that hangs this never returns and cannot be cancelled. */
async function readFileState(path: string): Promise<FileState> {
  const { size: sizeBytes, mtimeMs } = await stat(path).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") {
      const remedy = "see what should write it, and in a container whether its directory is mounted";
      throw new CheckError({ reason: "file_not_found", message: `there is no ${path}`, remedy, cause: error });
    }
    throw new CheckError({ reason: "file_unreadable", message: `${path} cannot be checked: ${message}`, cause: error });
  });
  return { sizeBytes, modifiedAtMs: mtimeMs };
}

/** Clocks of file servers differ by a little; a file dated further ahead would look fresh for too long. */
const toleratedAheadMs = 60_000;

/** `nowMs` is milliseconds since 1970. */
export function judgeFile({ sizeBytes, modifiedAtMs }: FileState, given: Options, nowMs: number): Result {
  const { path, maxAge, minSize, maxSize } = given;
  const ageMs = Math.max(0, nowMs - modifiedAtMs);
  const readings = { ageSeconds: present(ageMs / 1000), sizeBytes: present(sizeBytes) };
  const unhealthy = (reason: Reason, message: string, remedy: string): Result => {
    return { status: "unhealthy", reason, message, remedy, readings };
  };
  const writer = `see whether what writes ${path} still runs`;
  if (maxAge !== undefined && modifiedAtMs - nowMs > toleratedAheadMs) {
    const message = `${path} is dated ${formatDuration(modifiedAtMs - nowMs)} in the future, so its age is not known`;
    return unhealthy("file_from_the_future", message, "set the clocks of this machine and of the file's server");
  }
  if (maxAge !== undefined && ageMs > maxAge) {
    const [age, allowed] = formatAgainst(ageMs, maxAge, formatDuration);
    return unhealthy("file_too_old", `${path} was changed ${age} ago, ${allowed} allowed`, writer);
  }
  if (minSize !== undefined && sizeBytes < minSize) {
    const [found, needed] = formatAgainst(sizeBytes, minSize, formatBytes);
    return unhealthy("file_too_small", `${path} has ${found}, ${needed} needed`, writer);
  }
  if (maxSize !== undefined && sizeBytes > maxSize) {
    const [found, allowed] = formatAgainst(sizeBytes, maxSize, formatBytes);
    return unhealthy("file_too_large", `${path} has ${found}, ${allowed} allowed`, `see what makes ${path} grow`);
  }
  return healthy(`${path} has ${formatBytes(sizeBytes)} and was changed ${formatDuration(ageMs)} ago`, readings);
}
