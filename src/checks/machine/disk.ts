import { statfs } from "node:fs/promises";
import type { z } from "zod";
import { healthy, present, type Reading, unsupported } from "../../core/result.js";
import { formatAgainst, formatBytes, formatPercent } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { absolutePath, amount, mapping, percent } from "../options.js";
import { CheckError, type Result } from "../result.js";

const options = () =>
  mapping({
    path: absolutePath().default("/").describe("A directory or file on the file system to check."),
    maxUsed: percent().prefault("95%").describe("Used share of the space, at most, as `df` counts it."),
    minFree: amount()
      .optional()
      .describe("Space that must be left for programs without privileges, in bytes or as a share of the file system."),
    maxInodesUsed: percent()
      .prefault("95%")
      .describe("Used share of the inodes, at most; without effect on file systems that have no fixed number of them."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const disk = defineCheck<Options>({
  type: "disk",
  summary: "The file system answers, and has space and inodes left.",
  reasons: ["disks"],
  options,
  schedule: { intervalMs: 30_000 },
  readings: {
    freeBytes: { metric: "disk_free", unit: "bytes", help: "Space that programs without privileges can still use." },
    totalBytes: { metric: "disk_size", unit: "bytes", help: "Size of the file system." },
    inodesUsedRatio: { metric: "disk_inodes_used", unit: "ratio", help: "Used share of the inodes." },
  },
  create: (given) => ({ run: async () => judgeDisk(await readDiskUsage(given.path), given) }),
});

export interface DiskUsage {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** Without the blocks that are kept for root. */
  readonly freeBytes: number;
  readonly inodesUsedRatio: Reading<number>;
}

/**
 * Never returns while a network file system hangs, and holds one of libuv's four threads until it does. It cannot be
 * cancelled: the deadline gives the verdict, and the scheduler starts no second call beside it, so one hung file system
 * costs one thread for each disk check on it.
 */
async function readDiskUsage(path: string): Promise<DiskUsage> {
  const stats = await statfs(path).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "path_not_found" : "disk_unreadable";
    throw new CheckError({ reason, message: `${path} cannot be checked: ${message}`, cause: error });
  });
  return {
    totalBytes: stats.blocks * stats.bsize,
    usedBytes: (stats.blocks - stats.bfree) * stats.bsize,
    freeBytes: stats.bavail * stats.bsize,
    inodesUsedRatio: stats.files > 0 ? present((stats.files - stats.ffree) / stats.files) : unsupported,
  };
}

export function judgeDisk(usage: DiskUsage, given: Options): Result {
  const { totalBytes, usedBytes, freeBytes, inodesUsedRatio } = usage;
  const readings = { freeBytes: present(freeBytes), totalBytes: present(totalBytes), inodesUsedRatio };
  const usableBytes = usedBytes + freeBytes;
  // Pseudo file systems such as /proc have no blocks at all, and are never full.
  const usedRatio = usableBytes > 0 ? usedBytes / usableBytes : 0;
  const [used, allowed] = formatAgainst(usedRatio, given.maxUsed, formatPercent);
  const space = `${used} of ${given.path} used (${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free)`;
  const insufficient = (message: string): Result => {
    const remedy = `free space on the file system of ${given.path}, or make it larger`;
    return { status: "unhealthy", reason: "insufficient_disk_space", message, remedy, readings };
  };
  if (usedRatio > given.maxUsed) return insufficient(`${space}, ${allowed} allowed`);
  if (given.minFree !== undefined) {
    const neededBytes = given.minFree.kind === "bytes" ? given.minFree.bytes : given.minFree.ratio * totalBytes;
    const [free, needed] = formatAgainst(freeBytes, neededBytes, formatBytes);
    if (freeBytes < neededBytes) {
      return insufficient(`${free} of ${formatBytes(totalBytes)} free on ${given.path}, ${needed} needed`);
    }
  }
  if (inodesUsedRatio.ok && inodesUsedRatio.value > given.maxInodesUsed) {
    const [found, limit] = formatAgainst(inodesUsedRatio.value, given.maxInodesUsed, formatPercent);
    const message = `${found} of the inodes of ${given.path} used, ${limit} allowed`;
    const remedy = `remove files on the file system of ${given.path}: it has space, but no room for more files`;
    return { status: "unhealthy", reason: "insufficient_inodes", message, remedy, readings };
  }
  return healthy(`${space}, ${allowed} allowed`, readings);
}
