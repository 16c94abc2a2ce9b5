import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HealthClient } from "../../src/client/health-client.js";
import type { ReadinessBody } from "../../src/outputs/http/probes.js";
import { fillIn } from "../support/reference.js";
import { operate } from "./faults/drill.js";
import { type Bench, exercise } from "./faults/exercise.js";
import { configuration, type FaultRow, type ServerName, servers, signals } from "./faults/row.js";
import { faultSections } from "./faults/rows.js";
import { figuresIn, matrix } from "./faults/table.js";
import { eventually } from "./support/eventually.js";
import { get } from "./support/http.js";
import { inRepository, simulatorPath } from "./support/paths.js";
import { start } from "./support/processes.js";
import { type Server, startServer, startServingServer, temporaryFile } from "./support/program.js";
import { describeWith, toolPath } from "./support/tools.js";

/**
 * Every fault, from the drill to the watcher and back. With `MEASURE=1` each row runs several times, by itself, and has
 * to keep its promise; then docs/faults.md gets the slowest time of each. `MEASURE="XID 79|leak"`: only the rows whose
 * names match.
 */
const measured = process.env.MEASURE;
const isMeasured = measured !== undefined;
const isWanted = ({ fault }: FaultRow): boolean =>
  measured === undefined || measured === "1" || new RegExp(measured).test(fault);
/** NVML is opened anew less and less often while it keeps failing, so what is about the driver runs once. */
const roundsOf = ({ on }: FaultRow): number => (isMeasured && on !== "driver" ? 3 : 1);
const sections = faultSections
  .map(({ title, rows }) => ({ title, rows: rows.filter(isWanted) }))
  .filter((section) => section.rows.length > 0);
const rows = sections.flatMap((section) => section.rows);
const outcomes = new Map<FaultRow, Promise<number | undefined>>();

beforeAll(async () => {
  const names = Object.keys(servers) as ServerName[];
  const benches = await Promise.all(names.map(async (name) => [name, await bench(name)] as const));
  // Servers side by side, the rows of one server one after the other.
  const queues = new Map<string, Promise<unknown>>();
  for (const [name, each] of benches) {
    const queue = isMeasured ? "all" : name;
    const count = servers[name].expected;
    for (const [place, row] of rows.filter(({ on }) => on === name).entries()) {
      const outcome = (queues.get(queue) ?? Promise.resolve()).then(() => slowest(each, row, place % count));
      outcomes.set(row, outcome);
      queues.set(
        queue,
        outcome.catch(() => {}),
      );
    }
  }
});

async function bench(name: ServerName): Promise<Bench> {
  const server = await startServingServer({ config: configuration(name), simulate: servers[name].simulate });
  const client = new HealthClient(server.grpc);
  // The first of anything takes longer, and that is not what is measured.
  await operate(server, "drill reset");
  return { server, client };
}

async function slowest(each: Bench, row: FaultRow, gpu: number): Promise<number | undefined> {
  let slowestMs: number | undefined;
  for (let round = 0; round < roundsOf(row); round += 1) {
    const seenInMs = await exercise(each, row, gpu);
    if (seenInMs !== undefined) slowestMs = Math.max(slowestMs ?? 0, seenInMs);
  }
  return slowestMs;
}

describe.each(sections)("$title", (section) => {
  it.each(section.rows)("$fault: $status $reason", { timeout: 600_000 }, async (row) => {
    const seenInMs = await outcomes.get(row);
    if (isMeasured && seenInMs !== undefined) expect(seenInMs).toBeLessThan(signals[row.seenBy].atMostMs);
  });
});

describeWith(["grpcurl"], "a watcher that we did not write", () => {
  it("is told of XID 79 and of its end", async () => {
    const server = await startServingServer({ simulate: "h200x2" });
    const request = JSON.stringify({ service: "gpu/1" });
    const method = "grpc.health.v1.Health/Watch";
    const watcher = start(toolPath("grpcurl"), ["-plaintext", "-d", request, server.grpc, method]);
    const expectStatuses = (...statuses: readonly string[]): Promise<void> =>
      eventually(() =>
        expect([...watcher.stdout.matchAll(/"status": "(\w+)"/g)].map(([, each]) => each)).toEqual(statuses),
      );

    await expectStatuses("SERVING");
    await server.drill("xid", "79", "--gpu", "1");
    await expectStatuses("SERVING", "NOT_SERVING");
    await operate(server, "POST /admin/gpus/1/acknowledge");
    await expectStatuses("SERVING", "NOT_SERVING", "SERVING");
  });
});

it("misses an expected GPU from the start on, by name", async () => {
  const config = "checks: { gpu: { type: gpu, expect: { count: 3 } } }";
  const server = await startServer({ simulate: "h200x2", config });
  await eventually(async () => {
    const { status, text } = await get(server.http, "/readyz");
    expect({ status, reason: (JSON.parse(text) as ReadinessBody).reason }).toEqual({
      status: 503,
      reason: expect.stringMatching(/^gpu_missing: 2 of 3 expected GPUs are there; there are gpu\/0 \(GPU-/),
    });
  });
});

it("finds again after a restart what the driver still tells, and no more", async () => {
  const path = temporaryFile("state.conf", "model = h200\ncount = 2\n");
  const drive = (...settings: readonly string[]): void => {
    writeFileSync(`${path}.new`, ["model = h200", "count = 2", ...settings, ""].join("\n"));
    renameSync(`${path}.new`, path);
  };
  const config = `gpu: { library: "${simulatorPath}", interval: 100ms, inspectionInterval: 200ms }`;
  const options = { config, env: { NVML_SIMULATOR_STATE: path } };
  const expectFaults = (server: Server, ready: number, faults: readonly string[]): Promise<void> =>
    eventually(async () => {
      const { text } = await get(server.http, "/metrics");
      const found = [...text.matchAll(/^gpu_health_gpu_fault\{.*fault="(\w+)"/gm)].map(([, fault]) => fault);
      expect([(await get(server.http, "/readyz")).status, found.sort()]).toEqual([ready, faults]);
    });

  const first = await startServingServer(options);
  drive("gpu.1.recovery_action = 1", "gpu.1.ecc.volatile.uncorrected = 2", "gpu.1.event.1 = xid 48");
  await expectFaults(first, 503, ["gpu_ecc_uncorrected", "gpu_recovery_reset", "xid_48"]);
  first.terminate();
  await first.end();

  const second = await startServer(options);
  await expectFaults(second, 503, ["gpu_ecc_uncorrected", "gpu_recovery_reset"]);
  drive();
  await expectFaults(second, 200, []);
});

afterAll(async () => {
  if (!isMeasured) return;
  const path = inRepository("docs/faults.md");
  const document = readFileSync(path, "utf8");
  const figures = new Map(figuresIn(document));
  for (const row of rows) {
    const seenInMs = await outcomes.get(row)?.catch(() => undefined);
    if (seenInMs !== undefined) figures.set(row.fault, `${Math.round(seenInMs)} ms`);
  }
  writeFileSync(path, fillIn(document, { matrix: matrix(figures) }));
});
