import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { judgeFile } from "../../../src/checks/machine/file.js";
import { createCheck, runOnce } from "../../support/run-check.js";

const nowMs = Date.UTC(2026, 0, 1);
const path = "/data/index.bin";
const state = (ageMs: number, sizeBytes = 2048) => ({ modifiedAtMs: nowMs - ageMs, sizeBytes });

describe("judgeFile", () => {
  it("takes a file that is there where nothing more is asked, however old or empty", () => {
    expect(judgeFile(state(1e12, 0), { path }, nowMs)).toMatchObject({ status: "healthy", reason: "ok" });
  });

  it("is unhealthy beyond the age, not at it", () => {
    const limits = { path, maxAge: 300_000 };
    expect(judgeFile(state(300_000), limits, nowMs)).toEqual({
      status: "healthy",
      reason: "ok",
      message: "/data/index.bin has 2 KiB and was changed 5 min ago",
      readings: { ageSeconds: { ok: true, value: 300 }, sizeBytes: { ok: true, value: 2048 } },
    });
    expect(judgeFile(state(300_001), limits, nowMs)).toMatchObject({
      status: "unhealthy",
      reason: "file_too_old",
      message: "/data/index.bin was changed 5 min ago, 5 min allowed",
    });
    expect(judgeFile(state(3_600_000), limits, nowMs).message).toBe(
      "/data/index.bin was changed 60 min ago, 5 min allowed",
    );
  });

  it("does not take a date in the future for a young file", () => {
    expect(judgeFile(state(-3_600_000), { path, maxAge: 300_000 }, nowMs)).toMatchObject({
      status: "unhealthy",
      reason: "file_from_the_future",
      message: "/data/index.bin is dated 60 min in the future, so its age is not known",
    });
    expect(judgeFile(state(-2000), { path, maxAge: 300_000 }, nowMs)).toMatchObject({
      status: "healthy",
      readings: { ageSeconds: { ok: true, value: 0 } },
    });
  });

  it.each([
    [{ minSize: 1 }, 0, "file_too_small", "/data/index.bin has 0 B, 1 B needed"],
    [{ maxSize: 1024 }, 1025, "file_too_large", "/data/index.bin has 1.001 KiB, 1 KiB allowed"],
  ])("is unhealthy outside of %j with %d bytes", (limits, sizeBytes, reason, message) => {
    const result = judgeFile(state(0, sizeBytes), { path, ...limits }, nowMs);
    expect(result).toMatchObject({ status: "unhealthy", reason, message });
  });
});

describe("file check", () => {
  const directory = mkdtempSync(join(tmpdir(), "file-check-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("looks at the file behind a link, and notices when it is there again", async () => {
    const target = join(directory, "model.bin");
    const link = join(directory, "current");
    symlinkSync(target, link);
    const check = createCheck("file", { path: link, maxAge: "1h" });
    expect(await runOnce(check)).toMatchObject({
      status: "unhealthy",
      reason: "file_not_found",
      message: `there is no ${link}`,
    });
    writeFileSync(target, "weights");
    expect(await runOnce(check)).toMatchObject({ status: "healthy", readings: { sizeBytes: { ok: true, value: 7 } } });
    const longAgo = new Date(Date.now() - 7_200_000);
    utimesSync(target, longAgo, longAgo);
    expect(await runOnce(check)).toMatchObject({ reason: "file_too_old" });
  });

  it("says what is wrong where it cannot look", async () => {
    const loop = join(directory, "loop");
    symlinkSync(loop, loop);
    expect(await runOnce(createCheck("file", { path: loop }))).toMatchObject({
      status: "unhealthy",
      reason: "file_unreadable",
      message: expect.stringMatching(/loop cannot be checked: ELOOP: /),
    });
    expect(await runOnce(createCheck("file", { path: "/etc/passwd/x" }))).toMatchObject({ reason: "file_not_found" });
  });
});
