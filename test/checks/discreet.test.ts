import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveSecret } from "../../src/checks/common/secret.js";
import { discreet } from "../../src/checks/discreet.js";
import { type Check, CheckError } from "../../src/core/check.js";
import type { Result } from "../../src/core/result.js";

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "gpu-health-discreet-"));
afterAll(() => rmSync(folder, { recursive: true }));

const talkative = (text: string): Result => ({
  status: "unhealthy",
  reason: "refused",
  message: `server said ${text}`,
  remedy: `change ${text}`,
  metadata: { role: text, replicas: 3 },
  series: { values: [{ labels: { name: text }, value: 1 }] },
  readings: { seconds: { ok: true, value: 0.5 } },
});

describe("discreet", () => {
  it("takes the secrets out of every text of an answer, and leaves the rest", async () => {
    const check = discreet({ run: () => talkative("hunter2") }, ["hunter2"]);
    expect(await check.run(signal)).toEqual(talkative("…"));
    const subject = { name: "gpu/0", aliases: [], labels: { gpu: "0" } };
    const several = discreet({ run: async () => [{ subject, result: talkative("hunter2") }] }, ["hunter2"]);
    expect(await several.run(signal)).toEqual([{ subject, result: talkative("…") }]);
  });

  it("leaves codes alone, which a silly password may be", async () => {
    const answer = await discreet({ run: () => talkative("refused") }, ["refused", "unhealthy"]).run(signal);
    expect(answer).toMatchObject({ status: "unhealthy", reason: "refused", message: "server said …" });
  });

  it.each([
    [
      "thrown",
      () => {
        throw new CheckError({
          reason: "refused",
          message: "hunter2!",
          remedy: "not hunter2",
          cause: new Error("hunter2"),
        });
      },
    ],
    [
      "rejected",
      async () => {
        throw new CheckError({
          reason: "refused",
          message: "hunter2!",
          remedy: "not hunter2",
          cause: new Error("hunter2"),
        });
      },
    ],
  ])("takes them out of errors that are %s, and leaves the cause behind", async (_, run) => {
    const check = discreet({ run: run as Check["run"] }, ["hunter2"]);
    const error: unknown = await (async () => check.run(signal))().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckError);
    expect(error).toMatchObject({ reason: "refused", message: "…!", remedy: "not …" });
    expect((error as Error).cause).toBeUndefined();
  });

  it("takes them out of errors of drivers", async () => {
    const check = discreet({ run: () => Promise.reject(new TypeError("no user app:hunter2")) }, ["hunter2"]);
    await expect(check.run(signal)).rejects.toThrow(/^no user app:…$/);
  });

  it("finds them encoded and cut off", async () => {
    const secret = 'p@ss "word"/1';
    const base64 = Buffer.from(secret).toString("base64");
    const text = `${encodeURIComponent(secret)} ${JSON.stringify(secret)} ${base64} ${secret.slice(0, 8)}…`;
    const answer = await discreet({ run: () => talkative(text) }, [secret]).run(signal);
    expect(answer).toMatchObject({ message: 'server said … "…" … …' });
  });

  it("knows the content of files once they were read", async () => {
    const path = join(folder, "token");
    writeFileSync(path, "first-token\n");
    const check = discreet({ run: async () => talkative(await resolveSecret(`Bearer file:${path}`, signal)) }, [
      `Bearer file:${path}`,
    ]);
    expect(await check.run(signal)).toMatchObject({ message: "server said Bearer …" });
    writeFileSync(path, "second-token\n");
    expect(await check.run(signal)).toMatchObject({ message: "server said Bearer …" });
  });

  it("passes news, reports and the end on", async () => {
    const calls: string[] = [];
    const check = discreet(
      {
        run: () => talkative(""),
        subscribe: (changed) => {
          changed();
          return () => calls.push("unsubscribed");
        },
        receive: ({ message }) => calls.push(message),
        stop: () => {
          calls.push("stopped");
        },
      },
      ["hunter2"],
    );
    check.subscribe?.(() => calls.push("changed"))();
    check.receive?.({ status: "healthy", reason: "ok", message: "reported" });
    await check.stop?.();
    expect(calls).toEqual(["changed", "unsubscribed", "reported", "stopped"]);
  });

  it("is the check itself where there are no secrets", () => {
    const check = { run: () => talkative("") };
    expect(discreet(check, [])).toBe(check);
  });
});
