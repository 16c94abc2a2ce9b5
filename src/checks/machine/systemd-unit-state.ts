import { healthy, present, type Reading, unsupported } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import type { Reason } from "../reasons.js";
import { CheckError, type Result } from "../result.js";
import type { UnitProperties } from "./systemctl.js";

/** What is asked of systemd (org.freedesktop.systemd1(5)). */
export const unitProperties = [
  "Id",
  "Description",
  "LoadState",
  "ActiveState",
  "SubState",
  "Type",
  "Result",
  "NRestarts",
  "MainPID",
  "ExecMainStatus",
  "ExecMainExitTimestampMonotonic",
  "StateChangeTimestampMonotonic",
  "MemoryCurrent",
  "TasksCurrent",
] as const;

export interface UnitState {
  /** With its suffix, as systemd has it. */
  readonly name: string;
  readonly description: string;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  /** `Type=` of a service; empty for other units. */
  readonly type: string;
  /** Why it failed: `exit-code`, `signal`, `oom-kill`, `timeout`, `start-limit-hit`…; `success` otherwise. */
  readonly result: string;
  readonly restarts: Reading<number>;
  readonly mainPid: Reading<number>;
  /** Exit status of the main process, or the signal that ended it. */
  readonly exitStatus: Reading<number>;
  /** Whether a main process of it ever ended since the unit was loaded. */
  readonly hasRun: boolean;
  /** On the monotonic clock, in milliseconds. */
  readonly changedAtMs: Reading<number>;
  readonly memoryBytes: Reading<number>;
  readonly taskCount: Reading<number>;
}

/** @throws CheckError `systemctl_failed` where systemctl said nothing of the unit. */
export function unitState(unit: string, properties: UnitProperties): UnitState {
  const text = (name: (typeof unitProperties)[number]): string => properties.get(name) ?? "";
  /** `[not set]`, and 2^64 - 1 in older versions, is how systemd says that there is no figure. */
  const number = (name: (typeof unitProperties)[number]): Reading<number> => {
    const value = /^[0-9]+$/.test(text(name)) ? Number(text(name)) : Number.POSITIVE_INFINITY;
    return value <= Number.MAX_SAFE_INTEGER ? present(value) : unsupported;
  };
  /** Microseconds of CLOCK_MONOTONIC; 0: never. */
  const moment = (name: (typeof unitProperties)[number]): Reading<number> => {
    const microseconds = number(name);
    return microseconds.ok && microseconds.value > 0 ? present(microseconds.value / 1000) : unsupported;
  };
  if (text("LoadState") === "" || text("ActiveState") === "") {
    const message = `systemctl show ${unit} told no LoadState and ActiveState`;
    throw new CheckError({ reason: "systemctl_failed", message, remedy: "run it by hand as the user of this server" });
  }
  const mainPid = number("MainPID");
  return {
    name: text("Id") || unit,
    description: text("Description"),
    load: text("LoadState"),
    active: text("ActiveState"),
    sub: text("SubState"),
    type: text("Type"),
    result: text("Result"),
    restarts: number("NRestarts"),
    mainPid: mainPid.ok && mainPid.value > 0 ? mainPid : unsupported,
    exitStatus: number("ExecMainStatus"),
    hasRun: moment("ExecMainExitTimestampMonotonic").ok,
    changedAtMs: moment("StateChangeTimestampMonotonic"),
    memoryBytes: number("MemoryCurrent"),
    taskCount: number("TasksCurrent"),
  };
}

export interface UnitLimits {
  readonly maxRestarts: number;
  /** Milliseconds. */
  readonly restartWindow: number;
  readonly restartsInWindow: number;
}

/** `nowMs` is on the monotonic clock. */
export function judgeUnit(state: UnitState, limits: UnitLimits, nowMs: number): Result {
  const { name, active, sub, result, exitStatus, changedAtMs } = state;
  const base = {
    readings: { restarts: state.restarts, memoryBytes: state.memoryBytes, taskCount: state.taskCount },
    metadata: {
      ...(state.description === "" ? {} : { description: state.description }),
      state: `${active} (${sub})`,
      ...(state.mainPid.ok ? { mainPid: state.mainPid.value } : {}),
    },
  };
  const journal = `see journalctl -u ${name} and systemctl status ${name}`;
  const unhealthy = (reason: Reason, message: string, remedy = journal): Result => {
    return { status: "unhealthy", reason, message, remedy, ...base };
  };
  const age = changedAtMs.ok ? ` for ${formatDuration(Math.max(0, nowMs - changedAtMs.value))}` : "";
  const isState = `${name} is ${active} (${sub})${age}`;

  if (state.load === "not-found") {
    return unhealthy("unit_not_found", `systemd knows no unit ${name}`, "correct the name, or install the unit");
  }
  if (state.load === "masked") {
    return unhealthy("unit_masked", `${name} is masked, so nothing can start it`, `run systemctl unmask ${name}`);
  }
  if (state.load !== "loaded") {
    return unhealthy(
      "unit_not_loaded",
      `systemd could not load ${name} (${state.load})`,
      `see systemctl status ${name}`,
    );
  }
  switch (active) {
    case "active":
    case "reloading":
    case "refreshing": {
      const { restartsInWindow, maxRestarts, restartWindow } = limits;
      if (restartsInWindow <= maxRestarts) return { ...healthy(isState), ...base };
      const message = `systemd restarted ${name} ${restartsInWindow} times in ${formatDuration(restartWindow)}, ${maxRestarts} allowed`;
      return unhealthy("unit_restarting", message);
    }
    case "activating": {
      // The time between the end of a service and its next start (RestartSec=), under names that differ by version.
      if (!sub.startsWith("auto-restart")) return unhealthy("unit_starting", isState);
      return unhealthy("unit_restarting", `${name} ended (${result}) and waits for systemd to start it again`);
    }
    case "deactivating":
      return unhealthy("unit_stopping", isState);
    case "failed": {
      const status = exitStatus.ok && exitStatus.value > 0 ? `, status ${exitStatus.value}` : "";
      return unhealthy("unit_failed", `${name} failed (${result}${status})`);
    }
    default:
      if (active === "inactive" && state.type === "oneshot" && state.hasRun && result === "success") {
        return { ...healthy(`${name} ran and ended with success`), ...base };
      }
      return unhealthy("unit_inactive", isState, `run systemctl start ${name}, or see why it was stopped`);
  }
}
