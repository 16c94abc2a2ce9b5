import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { FileWatch, fileSignature, fileSignatureNow } from "../../src/runtime/file-watch.js";
import { ManualClock } from "../support/manual-clock.js";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("FileWatch", () => {
  let clock: ManualClock;
  let file: string;
  let looks: number;
  let changes: string[];
  let watch: FileWatch;

  beforeEach(() => {
    clock = new ManualClock();
    file = "one";
    looks = 0;
    changes = [];
    watch = new FileWatch({
      clock,
      seen: "one",
      look: async () => {
        looks += 1;
        return file;
      },
      changed: () => changes.push(file),
    });
    watch.every(5000);
  });

  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settled();
  };

  it("tells of a change once, when the file has been the same for a moment", async () => {
    await pass(5000);
    expect(looks).toBe(1);
    file = "two";
    await pass(5000);
    expect(changes).toEqual([]);
    await pass(250);
    expect(changes).toEqual(["two"]);
    for (let look = 0; look < 5; look += 1) await pass(5000);
    expect(changes).toEqual(["two"]);
  });

  it("waits for a file that is still being written", async () => {
    for (const half of ["t", "tw", "two"]) {
      file = half;
      await pass(half === "t" ? 5000 : 250);
    }
    expect(changes).toEqual([]);
    await pass(250);
    expect(changes).toEqual(["two"]);
  });

  it("tells nothing of a file that was away for an instant, as while an editor saves", async () => {
    file = "ENOENT";
    await pass(5000);
    file = "one";
    await pass(250);
    await pass(5000);
    expect(changes).toEqual([]);
  });

  it("takes another interval, none, and one again", async () => {
    watch.every(1000);
    await pass(1000);
    expect(looks).toBe(1);
    watch.every(undefined);
    expect(clock.pending).toBe(0);
    file = "two";
    watch.every(1000);
    await pass(1000);
    await pass(250);
    expect(changes).toEqual(["two"]);
  });

  it("does not look again while a look hangs, and forgets one that it was stopped in", async () => {
    let answer = (_: string): void => {};
    const slow = new FileWatch({
      clock,
      seen: "one",
      look: () =>
        new Promise((resolve) => {
          looks += 1;
          answer = resolve;
        }),
      changed: () => changes.push("slow"),
    });
    watch.stop();
    slow.every(100);
    await pass(100);
    await pass(60_000);
    expect(looks).toBe(1);
    slow.stop();
    answer("two");
    await settled();
    expect(clock.pending).toBe(0);
  });
});

describe("the signature of a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "gpu-health-file-watch-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is another one after each way of changing it, and the same after none", async () => {
    const path = join(folder, "a.yaml");
    const seen: (string | undefined)[] = [];
    const isNew = async ({ isFile = true } = {}): Promise<void> => {
      const signature = await fileSignature(path);
      expect(seen).not.toContain(signature);
      expect(await fileSignature(path)).toBe(signature);
      if (isFile) expect(fileSignatureNow(path)).toBe(signature);
      seen.push(signature);
    };
    await isNew();
    writeFileSync(path, "{}");
    await isNew();
    writeFileSync(path, "{ }");
    await isNew();
    // The same length and the same time of change in its data: the inode tells.
    writeFileSync(`${path}.new`, "{,}");
    utimesSync(`${path}.new`, 0, 0);
    utimesSync(path, 0, 0);
    await isNew();
    renameSync(`${path}.new`, path);
    await isNew();
    rmSync(path);
    expect(await fileSignature(path)).toBe("ENOENT");
    mkdirSync(path);
    await isNew({ isFile: false });
  });

  it("follows Kubernetes' symbolic links", async () => {
    const volume = join(folder, "volume");
    for (const version of ["..1", "..2"]) {
      mkdirSync(join(volume, version), { recursive: true });
      writeFileSync(join(volume, version, "a.yaml"), "{}");
    }
    symlinkSync("..1", join(volume, "..data"));
    symlinkSync("..data/a.yaml", join(volume, "a.yaml"));
    const before = await fileSignature(join(volume, "a.yaml"));
    symlinkSync("..2", join(volume, "..data_tmp"));
    renameSync(join(volume, "..data_tmp"), join(volume, "..data"));
    expect(await fileSignature(join(volume, "a.yaml"))).not.toBe(before);
  });

  it("does not exist for what can be read only once", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(fileSignatureNow(pipe)).toBeUndefined();
  });
});
