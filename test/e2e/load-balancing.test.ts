import { credentials, makeClientConstructor } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HealthClient } from "../../src/proto/generated/grpc/health/v1/Health.js";
import { healthService } from "../../src/proto/health.js";
import { eventually } from "./support/eventually.js";
import { type Server, startServingServer } from "./support/program.js";

/** A rate that is the same on both, so that the weights are those of the GPUs. */
const config = `
gpu: { interval: 100ms }
grpc: { loadReports: { requestsPerSecond: 1 } }
`;

/** grpc-js's own balancer, which asks each server for load reports as often as it may. */
const weightedRoundRobin = {
  weighted_round_robin: {
    enable_oob_load_report: true,
    oob_load_reporting_period: "1s",
    blackout_period: "0s",
    weight_update_period: "0.1s",
  },
};

let idle: Server;
let busy: Server;
let client: HealthClient;

beforeAll(async () => {
  [idle, busy] = (await Promise.all([0, 1].map(() => startServingServer({ config, simulate: "h200x2" })))) as [
    Server,
    Server,
  ];
  const Client = makeClientConstructor(healthService, "grpc.health.v1.Health");
  client = new Client(`ipv4:${idle.grpc},${busy.grpc}`, credentials.createInsecure(), {
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [weightedRoundRobin] }),
    "grpc.enable_http_proxy": 0,
  }) as unknown as HealthClient;
});
afterAll(() => client.close());

async function load(server: Server, percent: number): Promise<void> {
  for (const gpu of ["0", "1"]) await server.drill("utilization", "--gpu", gpu, "--percent", `${percent}`);
}

/** Of 50 calls, the share that went to this server. */
async function shareOf(server: Server): Promise<number> {
  const peers: string[] = [];
  for (let calls = 0; calls < 50; calls += 1) {
    await new Promise<void>((resolve, reject) => {
      const call = client.Check({}, (error) => {
        peers.push(call.getPeer());
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
  return peers.filter((peer) => peer === server.grpc).length / peers.length;
}

describe("grpc-js's weighted_round_robin", () => {
  it("sends more to the server whose GPUs are idle, and changes when they do", async () => {
    await Promise.all([load(idle, 10), load(busy, 90)]);
    await eventually(async () => expect(await shareOf(idle)).toBeGreaterThan(0.8));
    await Promise.all([load(idle, 100), load(busy, 0)]);
    await eventually(async () => expect(await shareOf(busy)).toBeGreaterThan(0.8));
    await load(busy, 100);
    await eventually(async () => expect(Math.abs((await shareOf(idle)) - 0.5)).toBeLessThan(0.1));
  });
});
