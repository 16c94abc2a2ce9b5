import { copyFileSync } from "node:fs";
import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Certificate, Certificates } from "../support/certificates.js";
import { operate } from "./faults/drill.js";
import { fillFirstGpu, quickGpus } from "./support/configurations.js";
import { deployedEnvoyFile, type Endpoint, type Envoy, type EnvoyOptions, startEnvoy } from "./support/envoy.js";
import { eventually } from "./support/eventually.js";
import { request } from "./support/http.js";
import { type Server, startServer, startServingServer, temporaryFile, temporaryFolder } from "./support/program.js";
import { describeWith } from "./support/tools.js";

/** A service that answers with its own name. */
class Backend {
  private readonly server: Http2Server;
  /** Of every answer. */
  status = 200;
  headers: Readonly<Record<string, string>> = {};

  private constructor(readonly name: string) {
    this.server = createServer((_request, response) => response.writeHead(this.status, this.headers).end(name));
  }

  static async start(name: string): Promise<Backend> {
    const backend = new Backend(name);
    backends.push(backend);
    await new Promise<void>((resolve) => backend.server.listen(0, "127.0.0.1", resolve));
    return backend;
  }

  /** With the port at which gpu-health listens beside it. */
  endpoint(healthAddress: string): Endpoint {
    const healthPort = Number(healthAddress.slice(healthAddress.lastIndexOf(":") + 1));
    return { trafficPort: (this.server.address() as AddressInfo).port, healthPort };
  }

  close(): void {
    this.server.close();
  }
}

const backends: Backend[] = [];
afterAll(() => {
  for (const backend of backends) backend.close();
});

const fill = `drill ${fillFirstGpu.join(" ")}`;
const degrade = "drill ecc --gpu 0 --uncorrected 1";
const reset = "drill reset";

/** Who answers a run of requests: long enough to meet each of four that take traffic. */
async function answering(envoy: Envoy): Promise<readonly string[]> {
  const names = new Set<string>();
  for (let sent = 0; sent < 40; sent += 1) names.add(await envoy.send());
  return [...names].sort();
}

const untilAnswering = (envoy: Envoy, names: readonly string[]): Promise<void> =>
  eventually(async () => expect(await answering(envoy)).toEqual(names));

const untilFlags = (envoy: Envoy, endpoint: Endpoint, flags: string): Promise<void> =>
  eventually(async () => expect(await envoy.healthFlags(endpoint)).toContain(flags));

describeWith(["envoy"], "Envoy with deploy/envoy/http.yaml", () => {
  let red: Server;
  let blue: Server;
  let blueBackend: Backend;
  let blueEndpoint: Endpoint;
  let envoy: Envoy;

  beforeAll(async () => {
    const config = quickGpus.replace("interval: 100ms", "interval: 100ms, inspectionInterval: 100ms");
    const start = () => startServingServer({ config, simulate: "h200x1" });
    [red, blue] = await Promise.all([start(), start()]);
    const reds = await Promise.all(["red-1", "red-2", "red-3"].map(Backend.start));
    blueBackend = await Backend.start("blue");
    blueEndpoint = blueBackend.endpoint(blue.http);
    const endpoints = [...reds.map((backend) => backend.endpoint(red.http)), blueEndpoint];
    envoy = await startEnvoy({ file: "http.yaml", endpoints });
    await untilAnswering(envoy, ["blue", "red-1", "red-2", "red-3"]);
  });

  it("sends nothing to a degraded host while the healthy ones can carry it", async () => {
    await operate(blue, degrade);
    await untilFlags(envoy, blueEndpoint, "/degraded_active_hc");
    await untilAnswering(envoy, ["red-1", "red-2", "red-3"]);
    expect(await answering(envoy)).toEqual(["red-1", "red-2", "red-3"]);
  });

  it("sends all to the degraded host when the GPU of the healthy ones is full, and does not panic", async () => {
    await operate(red, fill);
    await untilAnswering(envoy, ["blue"]);
    expect(await answering(envoy)).toEqual(["blue"]);
  });

  it("sends nothing to anybody when no GPU is fit: a broken one would only waste the request", async () => {
    await operate(blue, fill);
    await untilAnswering(envoy, ["HTTP 503"]);
  });

  it("gives the traffic back", async () => {
    await operate(red, reset);
    await operate(blue, reset);
    await untilAnswering(envoy, ["blue", "red-1", "red-2", "red-3"]);
  });

  it("takes a drained host out at once, and does not count it any more", async () => {
    await request(blue.admin, "POST", "/admin/drain");
    await untilFlags(envoy, blueEndpoint, "/excluded_via_immediate_hc_fail");
    await untilAnswering(envoy, ["red-1", "red-2", "red-3"]);
    await request(blue.admin, "POST", "/admin/undrain");
    await untilAnswering(envoy, ["blue", "red-1", "red-2", "red-3"]);
  });

  it("takes out a host whose service says so in an ordinary answer, until the next health check", async () => {
    blueBackend.headers = { "x-envoy-immediate-health-check-fail": "true" };
    await eventually(async () => {
      await answering(envoy);
      expect(await envoy.healthFlags(blueEndpoint)).toContain("/failed_active_hc");
    });
    blueBackend.headers = {};
    await untilFlags(envoy, blueEndpoint, "healthy");
  });

  it("keeps away from a host whose service fails on a sound GPU, though its health checks go on passing", async () => {
    blueBackend.status = 500;
    await eventually(async () => {
      await answering(envoy);
      expect(await envoy.healthFlags(blueEndpoint)).toContain("/failed_outlier_check");
    });
    const passed = await envoy.counter("cluster.inference.health_check.success");
    // Two more of each host.
    await eventually(async () =>
      expect(await envoy.counter("cluster.inference.health_check.success")).toBeGreaterThanOrEqual(passed + 8),
    );
    expect(await answering(envoy)).toEqual(["red-1", "red-2", "red-3"]);
  });
});

describeWith(["envoy"], "Envoy with deploy/envoy/grpc.yaml", () => {
  it("takes traffic from the host whose GPU is full, and gives it back", async () => {
    const start = () => startServingServer({ config: quickGpus, simulate: "h200x1" });
    const [red, blue] = await Promise.all([start(), start()]);
    const endpoints = [
      (await Backend.start("red")).endpoint(red.grpc),
      (await Backend.start("blue")).endpoint(blue.grpc),
    ];
    const envoy = await startEnvoy({ file: "grpc.yaml", endpoints });
    await untilAnswering(envoy, ["blue", "red"]);

    await operate(red, fill);
    await untilAnswering(envoy, ["blue"]);
    await operate(red, reset);
    await untilAnswering(envoy, ["blue", "red"]);
  });
});

describeWith(["envoy", "openssl"], "Envoy over mutual TLS", () => {
  let certificates: Certificates;
  let root: Certificate;
  let server: Server;
  let backend: Backend;

  beforeAll(async () => {
    certificates = new Certificates();
    root = certificates.authority("root");
    const subjectAltName = "DNS:gpu-health.example";
    const { cert, key } = certificates.issue({ name: "server", issuer: root, subjectAltName });
    const listen = `{ listen: { address: "127.0.0.1:0", tls: { cert: "${cert}", key: "${key}", clientCa: "${root.cert}" } } }`;
    server = await startServer({
      config: `grpc: ${listen}\nhttp: ${listen}\n${quickGpus}`,
      simulate: "h200x1",
      configuredListeners: ["grpc", "http"],
    });
    backend = await Backend.start("green");
    return () => certificates.remove();
  });

  /** The paths of the deployed files, with Envoy's certificate from `issuer`. */
  function secrets(name: string, issuer: Certificate): Pick<EnvoyOptions, "paths"> {
    const folder = temporaryFolder("envoy-tls");
    const { cert, key } = certificates.issue({ name, issuer });
    copyFileSync(cert, join(folder, "tls.crt"));
    copyFileSync(key, join(folder, "tls.key"));
    copyFileSync(root.cert, join(folder, "ca.crt"));
    const paths = { "/etc/envoy/tls": folder };
    const secret = temporaryFile("client-certificate.yaml", deployedEnvoyFile("client-certificate.yaml", paths));
    return { paths: { ...paths, "/etc/envoy/client-certificate.yaml": secret } };
  }

  describe.each(["http", "grpc"] as const)("with deploy/envoy/%s-mtls.yaml", (output) => {
    it("learns of a full GPU, and that it is free again", async () => {
      const endpoints = [backend.endpoint(server[output])];
      const envoy = await startEnvoy({ file: `${output}-mtls.yaml`, endpoints, ...secrets(`${output}-edge`, root) });
      await untilAnswering(envoy, ["green"]);
      await operate(server, fill);
      await untilAnswering(envoy, ["HTTP 503"]);
      await operate(server, reset);
      await untilAnswering(envoy, ["green"]);
      await envoy.process.kill();
    });
  });

  it("is told nothing where its certificate is a stranger's", async () => {
    const endpoint = backend.endpoint(server.http);
    const stranger = secrets("stranger", certificates.authority("other"));
    const envoy = await startEnvoy({ file: "http-mtls.yaml", endpoints: [endpoint], ...stranger });
    await untilFlags(envoy, endpoint, "/failed_active_hc");
    await untilAnswering(envoy, ["HTTP 503"]);
  });
});
