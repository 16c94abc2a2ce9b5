import { z } from "zod";
import type { Clock } from "../../core/clock.js";
import { defineCheck } from "../check-type.js";
import { duration, mapping } from "../options.js";
import type { Check } from "../result.js";
import { RestartWindow } from "./restart-window.js";
import { showUnit, unitName } from "./systemctl.js";
import { judgeUnit, unitProperties, unitState } from "./systemd-unit-state.js";

const options = () =>
  mapping({
    unit: z
      .string()
      .regex(unitName, { error: "expected the name of one unit, such as nvidia-persistenced.service" })
      .describe("The unit; `.service` may be left out."),
    maxRestarts: z
      .int()
      .min(0)
      .default(3)
      .describe("How often systemd may have restarted the service by itself within `restartWindow`, at most."),
    restartWindow: duration({ atLeastMs: 1000 })
      .prefault("10m")
      .describe("The time for which a restart counts, as far back as this server has looked."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const systemdUnit = defineCheck<Options>({
  type: "systemd-unit",
  summary:
    "A unit of systemd is active and is not restarted again and again; one that runs once (`Type=oneshot`) ended with success.",
  reasons: ["units", "command_not_executable", "command_not_started"],
  options,
  schedule: { intervalMs: 15_000 },
  readings: {
    restarts: {
      metric: "systemd_unit_restarts",
      unit: "count",
      kind: "counter",
      help: "Restarts of the service by systemd itself, since somebody started it.",
    },
    memoryBytes: { metric: "systemd_unit_memory", unit: "bytes", help: "Memory of the unit's cgroup." },
    taskCount: { metric: "systemd_unit_tasks", unit: "count", help: "Processes and threads in the unit's cgroup." },
  },
  create: (given, { clock }) => createUnitCheck(given, clock),
});

function createUnitCheck(given: Options, clock: Clock): Check {
  const restarts = new RestartWindow(given.restartWindow);
  return {
    async run(signal) {
      const state = unitState(given.unit, await showUnit(given.unit, unitProperties, signal));
      if (state.restarts.ok) restarts.note(state.restarts.value, clock.nowMs());
      return judgeUnit(state, { ...given, restartsInWindow: restarts.count }, clock.nowMs());
    },
  };
}
