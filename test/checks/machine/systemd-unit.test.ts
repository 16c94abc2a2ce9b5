import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { parseProperties } from "../../../src/checks/machine/systemctl.js";
import { judgeUnit, unitState } from "../../../src/checks/machine/systemd-unit-state.js";
import { present, unsupported } from "../../../src/core/result.js";
import { ManualClock } from "../../support/manual-clock.js";
import { createCheck, runOnce } from "../../support/run-check.js";

/** What systemd 252 writes for a running service, in the properties that we ask for. */
const running = {
  Type: "notify",
  Result: "success",
  MainPID: "812",
  NRestarts: "0",
  ExecMainStatus: "0",
  ExecMainExitTimestampMonotonic: "0",
  MemoryCurrent: "1085440",
  TasksCurrent: "3",
  Id: "nvidia-fabricmanager.service",
  Description: "NVIDIA fabric manager service",
  LoadState: "loaded",
  ActiveState: "active",
  SubState: "running",
  StateChangeTimestampMonotonic: "60000000",
};
const outputOf = (changes: Partial<typeof running>) =>
  Object.entries({ ...running, ...changes })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
const stateOf = (changes: Partial<typeof running> = {}) => unitState("x", parseProperties(outputOf(changes)));
const limits = { maxRestarts: 3, restartWindow: 600_000, restartsInWindow: 0 };
const judge = (changes: Partial<typeof running>, restartsInWindow = 0) =>
  judgeUnit(stateOf(changes), { ...limits, restartsInWindow }, 180_000);

describe("judgeUnit", () => {
  it("takes an active unit as healthy, with its figures", () => {
    expect(judge({})).toEqual({
      status: "healthy",
      reason: "ok",
      message: "nvidia-fabricmanager.service is active (running) for 2 min",
      readings: { restarts: present(0), memoryBytes: present(1_085_440), taskCount: present(3) },
      metadata: { description: "NVIDIA fabric manager service", state: "active (running)", mainPid: 812 },
    });
    expect(judge({ ActiveState: "reloading" }).status).toBe("healthy");
  });

  it.each<[Partial<typeof running>, string, string]>([
    [
      { LoadState: "not-found", ActiveState: "inactive" },
      "unit_not_found",
      "systemd knows no unit nvidia-fabricmanager.service",
    ],
    [
      { LoadState: "masked", ActiveState: "inactive" },
      "unit_masked",
      "nvidia-fabricmanager.service is masked, so nothing can start it",
    ],
    [
      { LoadState: "bad-setting", ActiveState: "inactive" },
      "unit_not_loaded",
      "systemd could not load nvidia-fabricmanager.service (bad-setting)",
    ],
    [
      { ActiveState: "failed", SubState: "failed", Result: "exit-code", ExecMainStatus: "1" },
      "unit_failed",
      "nvidia-fabricmanager.service failed (exit-code, status 1)",
    ],
    [
      { ActiveState: "failed", Result: "oom-kill", ExecMainStatus: "9" },
      "unit_failed",
      "nvidia-fabricmanager.service failed (oom-kill, status 9)",
    ],
    [
      { ActiveState: "inactive", SubState: "dead" },
      "unit_inactive",
      "nvidia-fabricmanager.service is inactive (dead) for 2 min",
    ],
    [
      { ActiveState: "activating", SubState: "start" },
      "unit_starting",
      "nvidia-fabricmanager.service is activating (start) for 2 min",
    ],
    [
      { ActiveState: "activating", SubState: "auto-restart", Result: "signal" },
      "unit_restarting",
      "nvidia-fabricmanager.service ended (signal) and waits for systemd to start it again",
    ],
    [
      { ActiveState: "deactivating", SubState: "stop-sigterm" },
      "unit_stopping",
      "nvidia-fabricmanager.service is deactivating (stop-sigterm) for 2 min",
    ],
    [
      { ActiveState: "maintenance", SubState: "cleaning" },
      "unit_inactive",
      "nvidia-fabricmanager.service is maintenance (cleaning) for 2 min",
    ],
  ])("takes %j as %s", (changes, reason, message) => {
    expect(judge(changes)).toMatchObject({ status: "unhealthy", reason, message });
  });

  it("takes a oneshot that ran and succeeded as healthy, and not one that never ran", () => {
    const oneshot = { Type: "oneshot", ActiveState: "inactive", SubState: "dead" };
    expect(judge({ ...oneshot, ExecMainExitTimestampMonotonic: "59000000" })).toMatchObject({
      status: "healthy",
      message: "nvidia-fabricmanager.service ran and ended with success",
    });
    expect(judge(oneshot)).toMatchObject({ status: "unhealthy", reason: "unit_inactive" });
  });

  it("is unhealthy while systemd restarts it again and again, also when it runs just now", () => {
    expect(judge({}, 3).status).toBe("healthy");
    expect(judge({}, 4)).toMatchObject({
      status: "unhealthy",
      reason: "unit_restarting",
      message: "systemd restarted nvidia-fabricmanager.service 4 times in 10 min, 3 allowed",
    });
  });

  it.each(["[not set]", "18446744073709551615", ""])("has no figure where systemd says %j", (value) => {
    const state = stateOf({ MemoryCurrent: value, TasksCurrent: value, NRestarts: value });
    expect([state.memoryBytes, state.taskCount, state.restarts]).toEqual([unsupported, unsupported, unsupported]);
  });
});

describe("systemd-unit check", () => {
  const directory = mkdtempSync(join(tmpdir(), "systemctl-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  afterEach(() => vi.unstubAllEnvs());

  /** Puts a `systemctl` first on PATH that does this. */
  function fakeSystemctl(script: string): void {
    const path = join(directory, "systemctl");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    vi.stubEnv("PATH", `${directory}${delimiter}${process.env.PATH}`);
  }
  const says = (changes: Partial<typeof running>) => fakeSystemctl(`cat <<'END'\n${outputOf(changes)}END`);

  it("asks for one unit, in words that depend on no language", async () => {
    fakeSystemctl(
      `[ "$1 $2 $4 $5 $#" = "show --property -- sshd 5" ] && [ "$LC_ALL" = C ] || exit 7\n${"cat <<'END'"}\n${outputOf({})}END`,
    );
    expect(await runOnce(createCheck("systemd-unit", { unit: "sshd" }))).toMatchObject({ status: "healthy" });
  });

  it("remembers restarts from look to look", async () => {
    const clock = new ManualClock(1000);
    const check = createCheck("systemd-unit", { unit: "sshd", maxRestarts: 1, restartWindow: "1m" }, clock);
    says({ NRestarts: "7" });
    expect(await runOnce(check)).toMatchObject({ status: "healthy", readings: { restarts: present(7) } });
    says({ NRestarts: "9" });
    expect(await runOnce(check)).toMatchObject({ reason: "unit_restarting" });
    clock.advance(60_000);
    expect(await runOnce(check)).toMatchObject({ status: "healthy" });
  });

  it.each([
    ["systemctl is not there", undefined, "systemd_not_available", /there is no program systemctl/],
    [
      "systemd does not run",
      "echo 'System has not been booted with systemd as init system (PID 1). Can'\"'\"'t operate.' >&2; exit 1",
      "systemd_not_available",
      /has not been booted with systemd/,
    ],
    [
      "systemctl fails",
      "echo 'Access denied' >&2; exit 4",
      "systemctl_failed",
      /^systemctl show sshd ended with 4: Access denied$/,
    ],
    ["systemctl says nothing", "exit 0", "systemctl_failed", /told no LoadState and ActiveState$/],
  ])("says so where %s", async (_, script, reason, message) => {
    if (script === undefined) vi.stubEnv("PATH", join(directory, "nothing"));
    else fakeSystemctl(script);
    const result = await runOnce(createCheck("systemd-unit", { unit: "sshd" }));
    expect(result).toMatchObject({ status: "unhealthy", reason, message: expect.stringMatching(message) });
    expect(result.readings).toBeUndefined();
  });

  it("kills a systemctl that waits for systemd at the deadline", async () => {
    fakeSystemctl("sleep 1000");
    const deadline = new AbortController();
    const result = runOnce(createCheck("systemd-unit", { unit: "sshd" }), deadline.signal);
    deadline.abort();
    expect(await result).toMatchObject({ reason: "timeout", message: expect.stringMatching(/asked for sshd$/) });
  });

  it.each(["-Hroot@elsewhere", "a*", "", "a b"])("takes no unit %j", (unit) => {
    expect(() => createCheck("systemd-unit", { unit })).toThrow(/name of one unit/);
  });
});
