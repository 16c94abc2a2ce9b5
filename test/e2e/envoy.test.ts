import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fillFirstGpu, optionalGpus, quickGpus } from "./support/configurations.js";
import { type Endpoint, type Envoy, type HealthChecker, startEnvoy } from "./support/envoy.js";
import { eventually } from "./support/eventually.js";
import { type Server, startServingServer } from "./support/program.js";
import { describeWith } from "./support/tools.js";

/** A GPU service: a backend that answers with its own name, and gpu-health beside it. */
interface GpuService {
  readonly name: string;
  readonly backend: Http2Server;
  readonly health: Server;
}

let red: GpuService;
let blue: GpuService;

async function startGpuService(name: string, config = quickGpus): Promise<GpuService> {
  const backend = createServer((_request, response) => response.end(name));
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  return { name, backend, health: await startServingServer({ config, simulate: "h200x1" }) };
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
      await red.health.drill(...fillFirstGpu);
      await eventually(async () =>
        expect(await envoy.healthFlags(endpointOf(red, output))).toContain("/failed_active_hc"),
      );
      // The flag is the main thread's; the thread that sends traffic learns of it a moment later.
      await eventually(async () => expect(await answering(envoy)).toEqual(["blue"]));
      expect(await answering(envoy)).toEqual(["blue"]);

      await red.health.drill("reset");
      await eventually(async () => expect(await envoy.healthFlags(endpointOf(red, output))).toBe("healthy"));
      await eventually(async () => expect(await answering(envoy)).toEqual(["blue", "red"]));
    });
  });

  it("is told over HTTP that one of them is degraded, and still sends it traffic", async () => {
    const green = await startGpuService("green", optionalGpus);
    const envoy = await startEnvoy([endpointOf(green, "http")], checkers.http);
    await eventually(async () => expect(await envoy.healthFlags(endpointOf(green, "http"))).toBe("healthy"));

    await green.health.drill(...fillFirstGpu);
    await eventually(async () =>
      expect(await envoy.healthFlags(endpointOf(green, "http"))).toContain("/degraded_active_hc"),
    );
    expect(await answering(envoy)).toEqual(["green"]);
    await green.health.drill("reset");
    await eventually(async () => expect(await envoy.healthFlags(endpointOf(green, "http"))).toBe("healthy"));
    await envoy.process.kill();
    green.backend.close();
  });
});
