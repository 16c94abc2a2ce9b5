import { expect, it } from "vitest";
import { quickGpus } from "./support/configurations.js";
import { type Endpoint, type Envoy, startEnvoy } from "./support/envoy.js";
import { eventually } from "./support/eventually.js";
import { freePort } from "./support/free-port.js";
import { request } from "./support/http.js";
import { inRepository } from "./support/paths.js";
import { type RunningProcess, start } from "./support/processes.js";
import { type Server, startServingServer } from "./support/program.js";
import { describeWith } from "./support/tools.js";
import { Traffic } from "./support/traffic.js";

const clients = 8;

/** A service and gpu-health beside it, as in one Pod, always on the same ports. */
class Pod {
  private service: RunningProcess | undefined;
  private health: Server | undefined;

  constructor(
    readonly name: string,
    readonly endpoint: Endpoint,
  ) {}

  async start(): Promise<void> {
    const program = inRepository("test/e2e/programs/http2-service.mjs");
    const service = start(process.execPath, [program, String(this.endpoint.trafficPort), this.name]);
    await service.until(() => service.lines()[0]);
    this.service = service;
    // Envoy looks every 100 ms; the rest is for a machine that is busy.
    const config = `grpc: { listen: "127.0.0.1:${this.endpoint.healthPort}" }\n${quickGpus.replace("500ms", "3s")}`;
    this.health = await startServingServer({ config, simulate: "h200x1", configuredListeners: ["grpc"] });
  }

  async drain(): Promise<void> {
    const { status } = await request(this.running.admin, "POST", "/admin/drain", { message: "a new version" });
    expect(status).toBe(200);
  }

  /** SIGTERM to gpu-health, and to the service once that has ended: what its `preStop` hook waits for in a Pod. */
  async stop(): Promise<void> {
    this.running.terminate();
    expect(await this.running.end()).toEqual({ code: 0, signal: null });
    this.service?.signal("SIGTERM");
    expect(await this.service?.end()).toEqual({ code: 0, signal: null });
  }

  private get running(): Server {
    if (this.health === undefined) throw new Error(`${this.name} was not started`);
    return this.health;
  }
}

async function createPod(name: string): Promise<Pod> {
  return new Pod(name, { trafficPort: await freePort(), healthPort: await freePort() });
}

describeWith(["envoy"], "Envoy in front of two services that are restarted in turns", () => {
  it("fails no request, whether they are drained first or end on SIGTERM alone", async () => {
    const pods = [await createPod("red"), await createPod("blue")];
    await Promise.all(pods.map((pod) => pod.start()));
    const endpoints = pods.map(({ endpoint }) => endpoint);
    const envoy = await startEnvoy({ file: "grpc.yaml", endpoints, component: "inference", healthInterval: "0.1s" });
    for (const pod of pods) await untilHealthFlags(envoy, pod, "healthy");
    const names = pods.map(({ name }) => name);
    const traffic = new Traffic(envoy, names, clients);

    for (const isDrainedFirst of [true, false]) {
      for (const pod of pods) {
        await untilAnswering(traffic, names);
        if (isDrainedFirst) {
          await pod.drain();
          await untilHealthFlags(envoy, pod, "/failed_active_hc");
        }
        await pod.stop();
        await pod.start();
        await untilHealthFlags(envoy, pod, "healthy");
      }
    }
    await untilAnswering(traffic, names);
    await traffic.stop();
    console.info(`${traffic.sent} requests through 4 restarts, worst ${traffic.worstMs.toFixed(0)} ms`);
    expect(traffic.failures).toEqual([]);
  });
});

/** Until each of them has answered again: the next restart must not take away the only one that Envoy uses. */
async function untilAnswering(traffic: Traffic, names: readonly string[]): Promise<void> {
  const before = new Map(traffic.answered);
  await eventually(() => {
    for (const name of names) expect(traffic.answered.get(name), name).toBeGreaterThan((before.get(name) ?? 0) + 10);
  });
}

async function untilHealthFlags(envoy: Envoy, { endpoint }: Pod, flags: string): Promise<void> {
  await eventually(async () => expect(await envoy.healthFlags(endpoint)).toContain(flags));
}
