import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server as TcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  AlertReceivers,
  dingtalkSecret,
  feishuSecret,
  notifiedPath,
  paths,
  routingKey,
  webhookSecret,
} from "../support/alert-receivers.js";
import { eventually } from "./support/eventually.js";
import { freePort } from "./support/free-port.js";
import { get, request } from "./support/http.js";
import { inRepository } from "./support/paths.js";
import { run, start } from "./support/processes.js";
import { gpuHealth, startServingServer, temporaryFile, temporaryFolder } from "./support/program.js";
import { describeWith, toolPath } from "./support/tools.js";

/** Something that a `tcp` check looks at, and that can go away and come back. */
class Dependency {
  private server: TcpServer | undefined;
  port = 0;

  async up(): Promise<void> {
    this.server = createServer((socket) => socket.end()).listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  down(): void {
    this.server?.close();
  }
}

async function dependencyUp(): Promise<Dependency> {
  const dependency = new Dependency();
  await dependency.up();
  return dependency;
}

const quick = "after: 2, keepFiringFor: 1s";

/** The interval is far above what a busy machine delays a check, which is stale after three: news anew. */
const checks = (port: number) => `
gpu: { mode: "off" }
drain: { delay: 100ms }
checks:
  database:
    type: tcp
    address: "127.0.0.1:${port}"
    interval: 1s
    runbook: https://wiki.example/database
  disk: { type: disk, maxUsed: "100%" }
components:
  search: { critical: [database] }
`;

interface AlertmanagerAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

describeWith(["prometheus-alertmanager"], "Debian's Alertmanager", () => {
  it("has the alert while it fires, and no more when it is over", async () => {
    const [port, dependency, receivers] = await Promise.all([freePort(), dependencyUp(), AlertReceivers.listen()]);
    const notifications: { readonly status: string; readonly alerts: readonly AlertmanagerAlert[] }[] = [];
    const config = temporaryFile(
      "alertmanager.yml",
      `route: { receiver: us, group_wait: 100ms, group_interval: 200ms, group_by: ["..."] }
receivers: [{ name: us, webhook_configs: [{ url: "${receivers.base}${notifiedPath}", send_resolved: true }] }]
`,
    );
    receivers.onNotified = (body) => notifications.push(body as (typeof notifications)[number]);
    const address = `127.0.0.1:${port}`;
    const alertmanager = start(toolPath("prometheus-alertmanager"), [
      ...["--config.file", config, "--storage.path", temporaryFolder("alertmanager")],
      ...["--web.listen-address", address, "--cluster.listen-address="],
    ]);
    await alertmanager.until(async () => ((await get(address, "/-/ready")).status === 200 ? true : undefined));
    const server = await startServingServer({
      config: `${checks(dependency.port)}
alerts:
  alertmanager: { type: alertmanager, url: "http://${address}", ${quick}, labels: { cluster: eu-1 } }
`,
    });
    const firing = async () => JSON.parse((await get(address, "/api/v2/alerts")).text) as AlertmanagerAlert[];
    expect(await firing()).toEqual([]);

    dependency.down();
    const [alert, ...others] = await eventually(async () => {
      const alerts = await firing();
      expect(alerts).not.toEqual([]);
      return alerts;
    });
    expect(others).toEqual([]);
    expect(alert).toMatchObject({
      labels: { alertname: "GpuHealth", check: "database", component: "search", severity: "critical", cluster: "eu-1" },
      annotations: {
        reason: "connection_refused",
        runbook_url: "https://wiki.example/database",
        remedy: expect.stringContaining("see whether the program is running"),
        components: expect.stringContaining("readiness"),
      },
    });
    await eventually(() => expect(notifications).toMatchObject([{ status: "firing" }]));

    await dependency.up();
    await eventually(async () => expect(await firing()).toEqual([]));
    await eventually(() => expect(notifications.at(-1)).toMatchObject({ status: "resolved" }));
    expect((await get(server.http, "/metrics")).text).toMatch(
      /^gpu_health_alerts_sent_total\{receiver="alertmanager"\} 2$/m,
    );
    await server.kill();
    dependency.down();
    receivers.close();
  });
});

describe("alerts", () => {
  let dependency: Dependency;
  let receivers: AlertReceivers;
  beforeAll(async () => {
    [dependency, receivers] = await Promise.all([dependencyUp(), AlertReceivers.listen()]);
  });
  afterAll(() => {
    dependency.down();
    receivers.close();
  });

  const allReceivers = () => `
alerts:
  webhook: { type: webhook, url: "${receivers.base}${paths.webhook}", secret: "${webhookSecret}", headers: { authorization: "Bearer hunter2-token" }, ${quick} }
  slack: { type: slack, url: "${receivers.base}${paths.slack}", ${quick} }
  dingtalk: { type: dingtalk, url: "${receivers.base}${paths.dingtalk}", secret: "${dingtalkSecret}", ${quick} }
  wecom: { type: wecom, url: "${receivers.base}${paths.wecom}", ${quick} }
  feishu: { type: feishu, url: "${receivers.base}${paths.feishu}", secret: "${feishuSecret}", ${quick} }
  pagerduty: { type: pagerduty, url: "${receivers.base}${paths.pagerduty}", routingKey: "${routingKey}", ${quick} }
  gone: { type: slack, url: "http://127.0.0.1:1${paths.slack}", ${quick} }
  quiet: { type: slack, url: "${receivers.base}/services/quiet", components: ["gpu/*"], ${quick} }
`;

  it("reach every receiver once, firing and resolved, through a reload, and say where they do not arrive", async () => {
    const configFile = temporaryFile("gpu-health.yaml", `${checks(dependency.port)}${allReceivers()}`);
    const server = await startServingServer({ configFile });
    dependency.down();
    const pathsOf = () => receivers.received.map(({ path }) => path).sort();
    const every = Object.entries(paths)
      .filter(([type]) => type !== "alertmanager")
      .map(([, path]) => path.split("?")[0])
      .sort();
    await eventually(() => expect(pathsOf()).toEqual(every));

    writeFileSync(configFile, `${checks(dependency.port)}${allReceivers()}\nlog: { level: debug }\n`);
    expect((await request(server.admin, "POST", "/admin/reload")).status).toBe(200);
    await eventually(() => expect(server.log().some(({ event }) => event === "reloaded")).toBe(true));
    await dependency.up();
    await eventually(() => expect(pathsOf()).toEqual([...every, ...every].sort()));

    const report = (await get(server.http, "/health")).text;
    const metrics = (await get(server.http, "/metrics")).text;
    const { alerts } = JSON.parse(report) as { readonly alerts: readonly { readonly receiver: string }[] };
    expect(alerts.find(({ receiver }) => receiver === "webhook")).toEqual({
      ...{ receiver: "webhook", type: "webhook", firing: 0, queued: 0, sent: 2, failed: 0, dropped: 0 },
    });
    expect(alerts.find(({ receiver }) => receiver === "quiet")).toMatchObject({ sent: 0, queued: 0 });
    expect(alerts.find(({ receiver }) => receiver === "gone")).toMatchObject({
      sent: 0,
      lastError: { message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1: the connection was refused/) },
    });
    expect(metrics).toContain('gpu_health_alerts_last_attempt_successful{receiver="gone"} 0');
    server.terminate();
    expect(await server.end()).toMatchObject({ code: 0 });
    const everything = `${report}${metrics}${server.process.stdout}${server.process.stderr}`;
    expect(server.log().filter(({ event }) => event === "alert_sent")).toHaveLength(12);
    for (const secret of [
      webhookSecret,
      "hunter2-token",
      "XXXXXXXX",
      "access-token",
      "robot-key",
      "bot-token",
      routingKey,
    ]) {
      expect(everything).not.toContain(secret);
    }
  });

  it("can be tried out, each receiver or one", async () => {
    const file = temporaryFile("gpu-health.yaml", allReceivers());
    receivers.received.length = 0;
    const all = await gpuHealth(["alerts", "test", "-c", file]);
    expect(all.code).toBe(1);
    expect(all.stdout.split("\n").filter((line) => line.endsWith(": ok"))).toHaveLength(7);
    expect(all.stderr).toMatch(/^gone: http:\/\/127\.0\.0\.1:1: the connection was refused/);
    expect(receivers.received).toHaveLength(14);

    const one = await gpuHealth(["alerts", "test", "pagerduty"], { env: { GPU_HEALTH_CONFIG: file } });
    expect(one).toMatchObject({ code: 0, stdout: "pagerduty: ok\n", stderr: "" });
    const actions = receivers.received.slice(-2).map(({ body }) => (body as { event_action: string }).event_action);
    expect(actions).toEqual(["trigger", "resolve"]);

    const none = await gpuHealth(["alerts", "test", "pager", "-c", file]);
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("has no receiver pager: known are webhook,"),
    });
  });

  it("tell that an operator drains the server, once, and nothing of what fails meanwhile", async () => {
    const server = await startServingServer({
      config: `${checks(dependency.port)}
alerts:
  webhook: { type: webhook, url: "${receivers.base}/drains", draining: true, ${quick} }
`,
    });
    const told = () =>
      receivers.received
        .filter(({ path }) => path === "/drains")
        .map(({ body }) => body as { readonly event: string; readonly reason: string })
        .map(({ event, reason }) => `${event} ${reason}`);
    expect((await request(server.admin, "POST", "/admin/drain", { message: "new driver" })).status).toBe(200);
    dependency.down();
    await eventually(() => expect(told()).toEqual(["firing draining"]));
    await eventually(async () => {
      const { text } = await get(server.http, "/metrics");
      expect(text).toMatch(/^gpu_health_check_runs_total\{check="database",type="tcp",outcome="unhealthy"\} \d\d/m);
    });
    await dependency.up();
    await request(server.admin, "POST", "/admin/undrain");
    await eventually(() => expect(told()).toEqual(["firing draining", "resolved draining"]));
    await server.kill();
  });

  it("tell of a sticky GPU fault at once", async () => {
    const server = await startServingServer({
      simulate: "h200x2",
      config: `
gpu: { interval: 100ms, inspectionInterval: 100ms }
alerts:
  pager: { type: pagerduty, url: "${receivers.base}${paths.pagerduty}", routingKey: "${routingKey}", after: 100 }
`,
    });
    receivers.received.length = 0;
    await server.drill("xid", "79", "--gpu", "1");
    await eventually(() => expect(receivers.received).not.toEqual([]));
    expect(receivers.received).toHaveLength(1);
    expect(receivers.received[0]?.body).toMatchObject({
      event_action: "trigger",
      payload: { component: "gpu/1", class: "xid_79", severity: "critical" },
    });
    await server.kill();
  });

  it("let a server end in time whose receiver hangs", async () => {
    const sockets: unknown[] = [];
    const hanging = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(hanging, "listening");
    const { port } = hanging.address() as AddressInfo;
    const server = await startServingServer({
      config: `${checks(dependency.port)}
alerts:
  hanging: { type: slack, url: "http://127.0.0.1:${port}/", ${quick}, timeout: 60s }
`,
    });
    dependency.down();
    await eventually(() => expect(sockets).toHaveLength(1));
    server.terminate();
    expect(await server.end()).toMatchObject({ code: 0 });
    expect(server.log().find(({ event }) => event === "alert_lost")).toMatchObject({ receiver: "hanging" });
    hanging.close();
    await dependency.up();
  });
});

describeWith(["python"], "the verifier in docs/alerts.md", () => {
  it("takes what is signed, and nothing else", async () => {
    const [, verifier = ""] = /```python\n(.*?)```/s.exec(readFileSync(inRepository("docs/alerts.md"), "utf8")) ?? [];
    const receivers = await AlertReceivers.listen();
    const dependency = await dependencyUp();
    const server = await startServingServer({
      config: `${checks(dependency.port)}
alerts:
  webhook: { type: webhook, url: "${receivers.base}/any", secret: "${webhookSecret}", ${quick} }
`,
    });
    dependency.down();
    await eventually(() => expect(receivers.received).not.toEqual([]));
    await server.kill();
    receivers.close();
    const [received] = receivers.received;
    const program = `${verifier}
import json, sys
given = json.load(sys.stdin)
verdicts = [
    verify(given["secret"], given["headers"], given["text"].encode()),
    verify(given["secret"], given["headers"], given["text"].encode() + b" "),
    verify("whsec_d3Jvbmc=", given["headers"], given["text"].encode()),
    verify(given["secret"], given["headers"], given["text"].encode(), -1),
]
print(json.dumps(verdicts))
`;
    const input = JSON.stringify({ secret: webhookSecret, headers: received?.headers, text: received?.text });
    const { stdout, stderr } = await run(toolPath("python"), ["-c", program], { input });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([true, false, false, false]);
  });
});
