import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { get } from "../support/http.js";
import { type RunningProcess, start } from "../support/processes.js";
import { type Server, startServingServer, temporaryFile } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;
const file = temporaryFile("index.bin", "vectors");
const pidFile = temporaryFile("engine.pid");
const flag = temporaryFile("flag", "");
const systemctl = temporaryFile("systemctl");

let server: Server;
let engine: RunningProcess;

/** The `systemctl` of a machine whose unit is in this state. Replaced as a whole, since it may be running. */
function setUnit(active: string, result: string): void {
  const properties = `Id=engine.service\nLoadState=loaded\nActiveState=${active}\nSubState=${active}\nResult=${result}\nExecMainStatus=1\nNRestarts=0\n`;
  writeFileSync(`${systemctl}.new`, `#!/bin/sh\ncat <<'END'\n${properties}END\n`);
  chmodSync(`${systemctl}.new`, 0o755);
  renameSync(`${systemctl}.new`, systemctl);
}

function startEngine(): void {
  engine = start("sleep", ["1000"]);
  writeFileSync(`${pidFile}.new`, `${engine.pid}\n`);
  renameSync(`${pidFile}.new`, pidFile);
}

beforeAll(async () => {
  setUnit("active", "success");
  startEngine();
  // As much time for a run as a busy machine may need.
  const quick = "interval: 2s, timeout: 2s, failureThreshold: 1";
  const config = `
gpu: { mode: off }
checks:
  index: { type: file, path: "${file}", minSize: 1B, maxAge: 1h, ${quick} }
  engine: { type: process, pidFile: "${pidFile}", name: sleep, ${quick} }
  unit: { type: systemd-unit, unit: engine, ${quick} }
  plugin: { type: exec, command: [test, -e, "${flag}"], ${quick} }
  space: { type: disk, path: /, maxUsed: 100%, maxInodesUsed: 100%, minFree: 1KiB }
  memory: { type: memory, maxUsed: 100%, minFree: 1KiB }
  load: { type: cpu, maxLoadPerCore: 100000 }
components:
  index: { critical: [index] }
  engine: { critical: [engine] }
  unit: { critical: [unit] }
  plugin: { critical: [plugin] }
  machine: { critical: [space, memory, load] }
`;
  const env = { PATH: `${dirname(systemctl)}${delimiter}${process.env.PATH}` };
  server = await startServingServer({ config, env });
});

/** The component turns NOT_SERVING with this reason once `breakIt` was called, and SERVING after `mend`. */
async function expectStory(name: string, breakIt: () => void, reason: string, mend: () => void): Promise<void> {
  const watcher = new Watcher(server.grpc, name);
  await eventually(() => expect(watcher.statuses).toEqual([serving]));
  breakIt();
  await eventually(() => expect(watcher.statuses).toEqual([serving, notServing]));
  const { text } = await get(server.http, "/health");
  expect(JSON.parse(text)).toMatchObject({ components: { [name]: { status: "unhealthy", reason } } });
  mend();
  await eventually(() => expect(watcher.statuses).toEqual([serving, notServing, serving]));
}

describe.concurrent("checks of the machine", () => {
  it("follow a file that goes and comes back", () =>
    expectStory(
      "index",
      () => rmSync(file),
      "file_not_found",
      () => writeFileSync(file, "vectors"),
    ));

  it("follow a process that ends and is started again", () =>
    expectStory("engine", () => engine.signal("SIGKILL"), "process_not_running", startEngine));

  it("follow a unit that fails and is started again", () =>
    expectStory(
      "unit",
      () => setUnit("failed", "exit-code"),
      "unit_failed",
      () => setUnit("active", "success"),
    ));

  it("follow a plugin that finds a problem, and no more", () =>
    expectStory(
      "plugin",
      () => rmSync(flag),
      "command_found_problem",
      () => writeFileSync(flag, ""),
    ));

  it("read the real machine, and have its figures as metrics", async () => {
    const { text } = await get(server.http, "/metrics");
    for (const [metric, check] of [
      ["disk_free_bytes", "space"],
      ["memory_used_bytes", "memory"],
      ["cpu_load1", "load"],
      ["process_resident_memory_bytes", "engine"],
      ["file_size_bytes", "index"],
    ]) {
      expect(text).toMatch(new RegExp(`^gpu_health_${metric}\\{.*check="${check}".*\\} [0-9.e+]+$`, "m"));
    }
  });
});
