import { statfsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type DiskUsage, judgeDisk } from "../../../src/checks/machine/disk.js";
import { present, unsupported } from "../../../src/core/result.js";
import { createCheck, runOnce } from "../../support/run-check.js";

const GiB = 2 ** 30;
const limits = { path: "/data", maxUsed: 0.95, maxInodesUsed: 0.95 };
const usage = (usedBytes: number, freeBytes: number, inodesUsedRatio: DiskUsage["inodesUsedRatio"] = present(0.1)) => ({
  // What is neither used nor free is kept for root.
  totalBytes: 100 * GiB,
  usedBytes,
  freeBytes,
  inodesUsedRatio,
});

describe("judgeDisk", () => {
  it("counts as df does: what is kept for root is not there", () => {
    expect(judgeDisk(usage(90 * GiB, 5 * GiB), limits)).toMatchObject({
      status: "healthy",
      message: "94.7 % of /data used (5 GiB of 100 GiB free), 95 % allowed",
    });
    expect(judgeDisk(usage(94 * GiB, 1 * GiB), limits)).toMatchObject({
      status: "unhealthy",
      reason: "insufficient_disk_space",
      message: "98.9 % of /data used (1 GiB of 100 GiB free), 95 % allowed",
    });
  });

  it.each([
    [{ kind: "bytes" as const, bytes: 20 * GiB }, "20 GiB"],
    [{ kind: "ratio" as const, ratio: 0.2 }, "20 GiB"],
  ])("is unhealthy with less space than must be left: %j", (minFree, needed) => {
    expect(judgeDisk(usage(70 * GiB, 20 * GiB), { ...limits, minFree })).toMatchObject({ status: "healthy" });
    expect(judgeDisk(usage(80 * GiB, 15 * GiB), { ...limits, minFree })).toMatchObject({
      status: "unhealthy",
      reason: "insufficient_disk_space",
      message: `15 GiB of 100 GiB free on /data, ${needed} needed`,
    });
  });

  it("is unhealthy without inodes, however much space there is", () => {
    expect(judgeDisk(usage(1 * GiB, 99 * GiB, present(0.97)), limits)).toMatchObject({
      status: "unhealthy",
      reason: "insufficient_inodes",
      message: "97 % of the inodes of /data used, 95 % allowed",
    });
  });

  it("does not judge inodes where the file system has no fixed number of them", () => {
    const result = judgeDisk(usage(1 * GiB, 99 * GiB, unsupported), limits);
    expect(result).toMatchObject({ status: "healthy", readings: { inodesUsedRatio: unsupported } });
  });

  it("is never full where there are no blocks", () => {
    expect(judgeDisk({ ...usage(0, 0), totalBytes: 0 }, limits).status).toBe("healthy");
  });
});

describe("disk check", () => {
  it("reads the file system", async () => {
    const { blocks, bsize } = statfsSync("/");
    const result = await runOnce(createCheck("disk", { maxUsed: "100%", maxInodesUsed: "100%" }));
    expect(result).toMatchObject({
      status: "healthy",
      readings: { totalBytes: { ok: true, value: blocks * bsize }, freeBytes: { ok: true } },
    });
  });

  it("says where there is nothing to read", async () => {
    expect(await runOnce(createCheck("disk", { path: "/nonexistent" }))).toMatchObject({
      status: "unhealthy",
      reason: "path_not_found",
      message: expect.stringContaining("/nonexistent cannot be checked"),
    });
  });
});
