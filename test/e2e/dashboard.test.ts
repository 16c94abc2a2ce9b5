import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { Certificates } from "../support/certificates.js";
import { panelsOf, withEverythingChosen } from "../support/dashboard.js";
import { operate } from "./faults/drill.js";
import { eventually } from "./support/eventually.js";
import { get } from "./support/http.js";
import { inRepository } from "./support/paths.js";
import { startServer } from "./support/program.js";
import { freeAddress, Prometheus } from "./support/prometheus.js";
import { describeWith } from "./support/tools.js";

const panels = panelsOf(JSON.parse(readFileSync(inRepository("deploy/grafana/gpu-health.json"), "utf8")));
const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));

const ruleFile = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string(), record: z.string().optional() }).loose()) })),
});
const rules = ["recording-rules.yml", "alert-rules.yml"].flatMap((name) =>
  ruleFile
    .parse(parse(readFileSync(inRepository(`deploy/prometheus/${name}`), "utf8")))
    .groups.flatMap((group) => group.rules),
);
const recorded = rules.flatMap(({ record }) => (record === undefined ? [] : [record]));

/** Metrics that rules select, each a name before its matchers. */
const selected = new Set(
  rules.flatMap(({ expr }) => expr.match(/\b(?:gpu_health_[a-z0-9_]+|up|process_[a-z_]+)(?=\{)/g) ?? []),
);

/** Everything that a drill can show at once, each on a GPU of its own. */
const drills = [
  "drill xid 79 --gpu 0",
  "drill process --gpu 0 --pid 4711 --name python --used 20GiB",
  "drill throttle --gpu 1 --reason hw-thermal",
  "drill memory --gpu 2 --free 300MiB",
  "drill mig --gpu 3 --instances 2",
];

/** A server on which as much as possible is wrong; what is down is `refused`. */
const configuration = (prometheus: string, refused: string, cert: string, key: string): string => `
gpu: { interval: 100ms, inspectionInterval: 200ms, slowdownWindow: 1s }
grpc: { listen: { address: "127.0.0.1:0", tls: { cert: "${cert}", key: "${key}" } } }
checks:
  gpu: { type: gpu, minFreeMemory: 2GiB, interval: 100ms, failureThreshold: 1 }
  database: { type: tcp, address: "${refused}", interval: 1s, failureThreshold: 1 }
  api: { type: tcp, address: "${refused}", interval: 1s, failureThreshold: 1, dependsOn: [database] }
  cache: { type: tcp, address: "${refused}", interval: 1s, failureThreshold: 1 }
  web: { type: http, url: "http://${prometheus}/-/ready", interval: 1s }
  disk: { type: disk }
  memory: { type: memory }
components:
  search: { critical: [api] }
  inference: { critical: [gpu], optional: [cache, web, disk, memory] }
supervise:
  engine: { run: [sleep, "600"], component: inference, dryRun: true }
alerts:
  chat: { type: webhook, url: "http://${refused}/", after: 1 }
`;

describeWith(["prometheus", "openssl"], "a real Prometheus that scrapes a server on which much is wrong", () => {
  let prometheus: Prometheus;
  let certificates: Certificates;

  beforeAll(async () => {
    certificates = new Certificates();
    const { cert, key } = certificates.issue({ name: "server", issuer: certificates.authority("root"), days: 3 });
    const address = await freeAddress();
    const refused = await freeAddress();
    const server = await startServer({
      config: configuration(address, refused, cert, key),
      simulate: "h200x4",
      configuredListeners: ["grpc"],
    });
    prometheus = await Prometheus.start(address, [
      { instance: "drilled", address: server.http, isShownAsReal: true },
      { instance: "simulated", address: server.http },
      { instance: "down", address: refused },
      { instance: "gone", address: refused },
    ]);
    for (const drill of drills) await operate(server, drill);
    await get(server.http, "/readyz");
    return () => certificates.remove();
  });

  it.each(queries)("gives data to the dashboard's panel «$title»: $expr", async ({ expr }) => {
    await eventually(async () => expect(await prometheus.query(withEverythingChosen(expr))).not.toEqual([]));
  });

  it.each(recorded)("records %s", async (name) => {
    await eventually(async () => expect(await prometheus.query(name)).not.toEqual([]));
  });

  it("has every metric that the rules select", async () => {
    expect(selected.size).toBeGreaterThan(15);
    // Only the node agent, in Kubernetes, has these.
    const there = [...selected].filter((name) => !name.startsWith("gpu_health_node_"));
    for (const name of there) expect(await prometheus.query(name), name).not.toEqual([]);
  });

  it("takes every rule's expression", async () => {
    for (const { expr } of rules) await prometheus.query(expr);
  });

  it("has an alert for each thing that is wrong, and none twice", async () => {
    await eventually(async () => {
      const active = (await prometheus.alerts()).map(({ alertname, instance = "", gpu, check, receiver }) =>
        [alertname, instance, gpu === undefined ? undefined : `gpu/${gpu}`, check ?? receiver]
          .filter((each) => each !== undefined && each !== "")
          .join(" "),
      );
      expect(active.toSorted()).toEqual([
        "GpuHealthAlertsNotDelivered drilled chat",
        "GpuHealthAlertsNotDelivered simulated chat",
        "GpuHealthCertificateExpires drilled",
        "GpuHealthCertificateExpires simulated",
        "GpuHealthCheckDegraded drilled cache",
        "GpuHealthCheckFailing drilled database",
        "GpuHealthFewServersReady",
        "GpuHealthGpuDegraded drilled gpu/1",
        "GpuHealthGpuFault drilled gpu/0",
        "GpuHealthGpuFull drilled gpu/2",
        "GpuHealthSimulated simulated",
        "GpuHealthTargetDown down",
        "GpuHealthTargetDown gone",
      ]);
    });
  });
});
