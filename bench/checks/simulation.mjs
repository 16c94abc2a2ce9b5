// Runs the checks of a configuration on the real scheduler and against real sockets, in simulated time, and says what
// that leaves behind. Arguments: the configuration, the simulated seconds between two looks, and how many looks.
// Needs --expose-gc. Checks whose names begin with "hang" are not waited for: their deadlines end them.

import { readdirSync, readFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { catalogue } from "../../dist/checks/catalogue.js";
import { loadConfiguration } from "../../dist/config/load.js";
import { Registry } from "../../dist/core/registry.js";
import { noGpus } from "../../dist/gpu/source.js";
import { Scheduler } from "../../dist/scheduler/scheduler.js";
import { residentBytes } from "../harness/proc.mjs";
import { SimulatedClock } from "./simulated-clock.mjs";

const stepMs = 20;
const [file, secondsBetweenLooks, looks] = process.argv.slice(2);
const loaded = loadConfiguration(readFileSync(file, "utf8"), file, process.env);
if (!loaded.ok) {
  throw new Error(JSON.stringify(loaded.errors));
}
const { checks } = loaded.configuration;

const openFiles = () => readdirSync("/proc/self/fd").length;
const openFilesAtFirst = openFiles();
const clock = new SimulatedClock();
const registry = new Registry(clock);
let runs = 0;
let waitedFor = 0;
const scheduler = new Scheduler({
  registry,
  clock,
  random: Math.random,
  onRun: () => {
    runs += 1;
  },
});
let warnings = 0;
process.on("warning", () => {
  warnings += 1;
});

registry.define([{ name: "readiness", critical: checks.map(({ name }) => name), optional: [], carriesTraffic: true }]);
for (const { name, type, schedule, options } of checks) {
  const declared = catalogue.find((each) => each.type === type);
  const check = declared.create(options, { clock, gpus: noGpus, gpuStallAfterMs: 5000, timeoutMs: schedule.timeoutMs });
  scheduler.add({ name, type, schedule, check: name.startsWith("hang") ? check : counted(check) });
}

/** The check, whose runs simulated time waits for. */
function counted(check) {
  return {
    run: async (signal) => {
      waitedFor += 1;
      try {
        return await check.run(signal);
      } finally {
        waitedFor -= 1;
      }
    },
    stop: () => check.stop?.(),
  };
}

async function pass(seconds) {
  for (let step = 0; step < (seconds * 1000) / stepMs; step++) {
    clock.advance(stepMs);
    do {
      await nextTurn();
    } while (waitedFor > 0);
  }
}

/** What the process holds now; sockets that were closed need some turns of the event loop to be gone. */
async function look(event) {
  for (let turn = 0; turn < 20; turn++) {
    await nextTurn();
  }
  globalThis.gc();
  const resources = {};
  for (const kind of process.getActiveResourcesInfo()) {
    resources[kind] = (resources[kind] ?? 0) + 1;
  }
  const reasons = {};
  for (const { check, state } of registry.checks()) {
    const kind = check.replace(/-\d+$/, "");
    reasons[kind] = state.latest.reason;
  }
  const said = {
    event,
    runs,
    residentBytes: residentBytes(process.pid),
    heapBytes: process.memoryUsage().heapUsed,
    timers: clock.pending,
    openFilesAtFirst,
    openFiles: openFiles(),
    children: readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean).length,
    resources,
    reasons,
    warnings,
  };
  console.log(JSON.stringify(said));
}

await look("start");
for (let index = 0; index < Number(looks); index++) {
  await pass(Number(secondsBetweenLooks));
  await look("look");
}
const stopped = scheduler.stop();
clock.advance(60_000);
await stopped;
await look("stopped");
