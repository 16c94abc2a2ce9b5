import { readFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import { afterAll, expect, it } from "vitest";
import { parse } from "yaml";
import { eventually } from "./support/eventually.js";
import { freePort } from "./support/free-port.js";
import { get } from "./support/http.js";
import { inRepository } from "./support/paths.js";
import { start } from "./support/processes.js";
import { type Server, startServingServer, temporaryFile } from "./support/program.js";
import { describeWith, toolPath } from "./support/tools.js";

/** Endpoints of one cluster are told apart by their IP address, since Envoy asks all of them on one port. */
const hosts = ["127.0.0.2", "127.0.0.3"] as const;

const backends: HttpServer[] = [];
afterAll(() => {
  for (const backend of backends) backend.close();
});

/** A service that knows nothing of load reports, and answers with its address. */
async function startBackend(host: string, port: number): Promise<void> {
  const backend = createServer((_request, response) => response.end(host));
  backends.push(backend);
  await new Promise<void>((resolve) => backend.listen(port, host, resolve));
}

const startSidecar = (host: string, port: number): Promise<Server> =>
  startServingServer({
    config: `gpu: { interval: 100ms }\ngrpc: { listen: "${host}:${port}", loadReports: { requestsPerSecond: 1 } }\n`,
    configuredListeners: ["grpc"],
    simulate: "h200x1",
  });

/** The policy of docs/load-balancing.md, as it is but for the port. */
function documentedPolicy(port: number): unknown {
  const page = readFileSync(inRepository("docs/load-balancing.md"), "utf8");
  const [, yaml = ""] = /```yaml\n(load_balancing_policy:.*?)```/s.exec(page) ?? [];
  return (parse(yaml.replace("50051", `${port}`)) as { load_balancing_policy: unknown }).load_balancing_policy;
}

const typed = (name: string, type: string, more: object = {}): object => ({
  name,
  typed_config: { "@type": `type.googleapis.com/${type}`, ...more },
});

function bootstrap(listenPort: number, backendPort: number, policy: unknown): object {
  const filters = "envoy.extensions.filters";
  const address = (host: string, port: number) => ({ socket_address: { address: host, port_value: port } });
  const router = typed("envoy.filters.http.router", `${filters}.http.router.v3.Router`);
  const routes = [{ match: { prefix: "/" }, route: { cluster: "model" } }];
  const manager = typed(
    "envoy.filters.network.http_connection_manager",
    `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
    {
      stat_prefix: "in",
      route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
      http_filters: [router],
    },
  );
  const lb_endpoints = hosts.map((host) => ({ endpoint: { address: address(host, backendPort) } }));
  return {
    static_resources: {
      listeners: [{ address: address("127.0.0.1", listenPort), filter_chains: [{ filters: [manager] }] }],
      clusters: [
        {
          name: "model",
          load_assignment: { cluster_name: "model", endpoints: [{ lb_endpoints }] },
          load_balancing_policy: policy,
        },
      ],
    },
  };
}

describeWith(["envoy"], "Envoy's client_side_weighted_round_robin", () => {
  it("weighs a service by the reports of the sidecars, and follows them", async () => {
    const [listenPort, backendPort, reportPort] = await Promise.all([freePort(), freePort(), freePort()]);
    const [first, second] = (await Promise.all(hosts.map((host) => startSidecar(host, reportPort)))) as [
      Server,
      Server,
    ];
    await Promise.all(hosts.map((host) => startBackend(host, backendPort)));
    const config = bootstrap(listenPort, backendPort, documentedPolicy(reportPort));
    const path = temporaryFile("envoy.json", JSON.stringify(config));
    start(toolPath("envoy"), ["-c", path, "--concurrency", "1", "--disable-hot-restart", "-l", "warning"]);

    const load = (server: Server, percent: number) =>
      server.drill("utilization", "--gpu", "0", "--percent", `${percent}`);
    /** Of 50 requests, the share that the first one gets. */
    const share = async (): Promise<number> => {
      const answers: string[] = [];
      for (let sent = 0; sent < 50; sent += 1) answers.push((await get(`127.0.0.1:${listenPort}`, "/")).text);
      for (const answer of answers) expect(hosts).toContain(answer);
      return answers.filter((answer) => answer === hosts[0]).length / answers.length;
    };
    await Promise.all([load(first, 10), load(second, 90)]);
    await eventually(async () => expect(await share()).toBeGreaterThan(0.8));
    await Promise.all([load(first, 90), load(second, 10)]);
    await eventually(async () => expect(await share()).toBeLessThan(0.2));
  });
});
