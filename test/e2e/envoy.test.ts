import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Endpoint, type Envoy, type HealthChecker, startEnvoy } from "./support/envoy.js";
import { eventually } from "./support/eventually.js";
import { type Server, startServer } from "./support/program.js";
import { describeWith } from "./support/tools.js";

const config = `
gpu: { interval: 100ms }
checks:
  gpu: { type: gpu, minFreeMemory: 2GiB, interval: 100ms, failureThreshold: 1 }
  utilization: { type: gpu, minFreeMemory: 0B, maxUtilization: 90%, interval: 100ms, failureThreshold: 1 }
components:
  inference: { critical: [gpu] }
`;

/** A GPU service: a backend that answers with its own name, and gpu-health beside it. */
interface GpuService {
  readonly name: string;
  readonly backend: Http2Server;
  readonly health: Server;
}

let red: GpuService;
let blue: GpuService;

async function startGpuService(name: string): Promise<GpuService> {
  const backend = createServer((_request, response) => response.end(name));
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  return { name, backend, health: await startServer({ config, simulate: "h200x1" }) };
}

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));

function endpointOf(service: GpuService, output: "grpc" | "http"): Endpoint {
  const { port } = service.backend.address() as AddressInfo;
  return { trafficPort: port, healthPort: portOf(service.health[output]) };
}

/** Who answers a run of requests: with two endpoints in turn, ten of them meet every one that takes traffic. */
async function answering(envoy: Envoy): Promise<readonly string[]> {
  const names = new Set<string>();
  for (let sent = 0; sent < 10; sent += 1) names.add(await envoy.send());
  return [...names].sort();
}

const checkers: Readonly<Record<"grpc" | "http", HealthChecker>> = {
  grpc: { grpc_health_check: { service_name: "inference" } },
  http: { http_health_check: { path: "/readyz" } },
};

describeWith(["envoy"], "Envoy in front of two GPU services", () => {
  beforeAll(async () => {
    [red, blue] = await Promise.all([startGpuService("red"), startGpuService("blue")]);
  });
  afterAll(() => {
    red.backend.close();
    blue.backend.close();
  });

  describe.each(["grpc", "http"] as const)("with its %s health checker", (output) => {
    let envoy: Envoy;

    beforeAll(async () => {
      envoy = await startEnvoy([endpointOf(red, output), endpointOf(blue, output)], checkers[output]);
      await eventually(async () => expect(await answering(envoy)).toEqual(["blue", "red"]));
    });
    afterAll(() => envoy.process.kill());

    it("takes traffic from the one whose GPU is full, and gives it back", async () => {
      await red.health.drill("memory", "--gpu", "0", "--free", "300MiB");
      await eventually(async () =>
        expect(await envoy.healthFlags(endpointOf(red, output))).toContain("/failed_active_hc"),
      );
      expect(await answering(envoy)).toEqual(["blue"]);

      await red.health.drill("reset");
      await eventually(async () => expect(await envoy.healthFlags(endpointOf(red, output))).toBe("healthy"));
      expect(await answering(envoy)).toEqual(["blue", "red"]);
    });
  });
});
