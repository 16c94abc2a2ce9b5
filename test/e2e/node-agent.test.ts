import { generateKeyPairSync } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Certificates } from "../support/certificates.js";
import { eventually } from "./support/eventually.js";
import { request } from "./support/http.js";
import type { Cluster, Condition } from "./support/kubernetes/cluster.js";
import { fakeCluster } from "./support/kubernetes/fake-cluster.js";
import { ApiFront } from "./support/kubernetes/front.js";
import {
  gpuHealth,
  type Server,
  type ServerOptions,
  serveArguments,
  startServer,
  temporaryFile,
  temporaryFolder,
} from "./support/program.js";
import { describeWith } from "./support/tools.js";

/*
 * Against the documented behaviour of the API, and with KUBERNETES=real against a real kube-apiserver with etcd
 * (`npm run test:kubernetes` builds it, which takes minutes). One agent lives through all of it, in this order.
 */
const isReal = process.env.KUBERNETES === "real";

const node = "gpu-17";
const foreign = { key: "dedicated", value: "gpu", effect: "NoSchedule" };

describeWith(isReal ? ["openssl", "etcd", "kube-apiserver"] : ["openssl"], "node-agent", () => {
  const certificates = new Certificates();
  let cluster: Cluster;
  let front: ApiFront;
  let agent: Server;
  const credentials = temporaryFolder("service-account");

  beforeAll(async () => {
    const authority = certificates.authority("cluster");
    const certificate = certificates.issue({ name: "apiserver", issuer: authority });
    cluster = isReal ? await startRealCluster() : fakeCluster();
    front = new ApiFront(certificate, cluster.handle);
    await front.start();
    await cluster.createNode(node, [foreign]);
    writeFileSync(join(credentials, "ca.crt"), readFileSync(authority.cert));
    await renewToken();
  });
  afterAll(async () => {
    await agent?.kill();
    await front?.close();
    await cluster?.close();
    certificates.remove();
  });

  async function startRealCluster(): Promise<Cluster> {
    const { realCluster } = await import("./support/kubernetes/real-cluster.js");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const signingKey = temporaryFile("signing.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const authority = certificates.authority("apiserver-authority");
    return realCluster(certificates.issue({ name: "behind", issuer: authority }), signingKey);
  }

  /** As the kubelet does it: another file in its place. */
  async function renewToken(): Promise<void> {
    const fresh = join(credentials, "token.new");
    writeFileSync(fresh, `${await cluster.newToken(node)}\n`);
    renameSync(fresh, join(credentials, "token"));
  }

  const options = (): ServerOptions => ({
    command: ["node-agent", "--node-name", node, "--taint", "gpu-health/unhealthy:NoSchedule"],
    env: {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(front.port),
      GPU_HEALTH_SERVICE_ACCOUNT: credentials,
    },
  });
  const startAgent = (): Promise<Server> =>
    startServer({ ...options(), config: "drain: { delay: 0s }", simulate: "h200x8" });

  const condition = async (): Promise<Condition | undefined> =>
    (await cluster.node(node)).status.conditions?.find(({ type }) => type === "GPUHealthy");
  const taints = async (): Promise<readonly string[]> =>
    ((await cluster.node(node)).spec.taints ?? []).map(({ key, value, effect }) => `${key}=${value ?? ""}:${effect}`);
  const becomes = (expected: Partial<Condition>): Promise<void> =>
    eventually(async () => expect(await condition()).toMatchObject(expected));
  const logged = (event: string) => agent.log().filter((line) => line.event === event);
  const events = async () =>
    (await cluster.events()).map(({ type, reason, count }) => `${type} ${reason} ${count}`).sort();

  it("starts while the API is down, and gets through to it", async () => {
    await cluster.stop();
    agent = await startAgent();
    await eventually(() => expect(logged("node_write_failing")).toHaveLength(1));
    front.disturbances.push({ status: 429, headers: { "retry-after": "1" }, body: "" }, { status: 200, body: "{" });
    await cluster.start();
    await becomes({ status: "True", reason: "AllGpusHealthy", message: expect.stringContaining("all 8 GPUs") });
    await eventually(() => expect(logged("node_write_recovered")).toHaveLength(1));
    expect(front.disturbances).toEqual([]);
    expect((await condition())?.message).toMatch(/^simulated GPUs: /);
  });

  it("tells a fault with condition, taint and Events", async () => {
    await agent.drill("xid", "79", "--gpu", "3");
    await becomes({ status: "False", reason: "Xid79", message: expect.stringMatching(/gpu\/3 .*GPU-.*What to do: /) });
    await eventually(async () =>
      expect(await taints()).toEqual(["dedicated=gpu:NoSchedule", "gpu-health/unhealthy=xid_79:NoSchedule"]),
    );
    await eventually(async () => expect(await events()).toEqual(["Warning GpuTaintAdded 1", "Warning Xid79 1"]));
  });

  it("remembers it over a crash", async () => {
    const before = await condition();
    await agent.kill();
    agent = await startAgent();
    await eventually(() => expect(logged("node_fault_remembered")).toHaveLength(1));
    await becomes({ status: "False", message: expect.stringContaining("told before gpu-health was started anew") });
    expect((await condition())?.lastTransitionTime).toBe(before?.lastTransitionTime);
    expect(await taints()).toContain("gpu-health/unhealthy=xid_79:NoSchedule");
    expect(await events()).toHaveLength(2);
  });

  it("takes all of it back when an operator acknowledges the fault, and nothing of others", async () => {
    await request(agent.admin, "POST", "/admin/gpus/3/acknowledge");
    await becomes({ status: "True", reason: "AllGpusHealthy" });
    await eventually(async () => expect(await taints()).toEqual(["dedicated=gpu:NoSchedule"]));
    expect((await cluster.node(node)).metadata.annotations ?? {}).toEqual({});
    await eventually(async () => expect(await events()).toHaveLength(4));
  });

  it("lives through a refusal, a new token and a new Node", async () => {
    await cluster.allow(false);
    await eventually(async () => {
      const token = await cluster.newToken(node);
      const headers = { authorization: `Bearer ${token}` };
      const { status } = await cluster.handle({ method: "GET", path: `/api/v1/nodes/${node}`, headers, body: "" });
      expect(status).toBe(403);
    });
    await agent.drill("lose", "--gpu", "2");
    await eventually(() => expect(logged("node_write_failing").at(-1)?.msg).toMatch(/answered 40[13]/));
    await cluster.deleteNode(node);
    await cluster.allow(true);
    await cluster.createNode(node, []);
    await renewToken();
    await becomes({ status: "False", reason: "GpuLost" });
    await eventually(async () => expect(await taints()).toEqual(["gpu-health/unhealthy=gpu_lost:NoSchedule"]));
    await eventually(async () =>
      expect(await metrics()).toEqual([
        expect.stringMatching(/^gpu_health_node_last_write_age_seconds \d/),
        "gpu_health_node_last_attempt_successful 1",
        "gpu_health_node_tainted 1",
      ]),
    );
  });

  /** Those of the node agent that have no labels. */
  async function metrics(): Promise<readonly string[]> {
    const { text } = await request(agent.http, "GET", "/metrics");
    return text.split("\n").filter((line) => /^gpu_health_node_\w+ /.test(line));
  }

  it("leaves condition and taint as they are when it ends", async () => {
    const before = await condition();
    agent.terminate();
    await agent.end();
    expect(await condition()).toEqual(before);
    expect(await taints()).toHaveLength(1);
  });

  it("ends where there is no NVML that is required, when the condition says so, and keeps the taint", async () => {
    const config = "gpu: { mode: required, library: /nowhere/libnvidia-ml.so.1 }";
    const withoutLibrary = { ...options(), config };
    const { code, stderr } = await gpuHealth(serveArguments(withoutLibrary), withoutLibrary);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/gpu.mode is required: .*\/nowhere\/libnvidia-ml.so.1/)]);
    expect(await condition()).toMatchObject({ status: "False", reason: "NvmlLibraryNotFound" });
    expect(await taints()).toHaveLength(1);
  });

  it.runIf(isReal)("takes its taint back when a lost GPU is there again", async () => {
    agent = await startAgent();
    await becomes({ status: "True" });
    await eventually(async () => expect(await taints()).toEqual([]));
    await agent.drill("xid", "79", "--gpu", "0");
    await becomes({ status: "False", reason: "Xid79" });
    await agent.drill("reload-driver");
    await becomes({ status: "True" });
    await eventually(async () => expect(await taints()).toEqual([]));
    await agent.drill("xid", "79", "--gpu", "0");
    await eventually(async () => expect(await events()).toContain("Warning Xid79 2"));
  });

  it.runIf(isReal)("is refused a patch whose taints have changed, with 422", async () => {
    const headers = {
      authorization: `Bearer ${await cluster.newToken(node)}`,
      "content-type": "application/json-patch+json",
    };
    const body = JSON.stringify([{ op: "test", path: "/spec/taints", value: [foreign] }]);
    const { status } = await cluster.handle({ method: "PATCH", path: `/api/v1/nodes/${node}`, headers, body });
    expect(status).toBe(422);
  });

  it.runIf(isReal)("may change its own Node and no other", async () => {
    await cluster.createNode("gpu-18", []);
    const headers = {
      authorization: `Bearer ${await cluster.newToken(node)}`,
      "content-type": "application/strategic-merge-patch+json",
    };
    const body = JSON.stringify({ status: { conditions: [{ type: "GPUHealthy", status: "False" }] } });
    const patch = async (name: string) =>
      (await cluster.handle({ method: "PATCH", path: `/api/v1/nodes/${name}/status`, headers, body })).status;
    expect(await patch(node)).toBe(200);
    // Policies come into force some time after they were made.
    await eventually(async () => expect(await patch("gpu-18")).toBe(422));
  });

  it.runIf(isReal)("leaves nothing behind when the condition is deleted as the page says", async () => {
    await agent.kill();
    const headers = {
      authorization: `Bearer ${await cluster.newToken(node)}`,
      "content-type": "application/strategic-merge-patch+json",
    };
    const body = JSON.stringify({ status: { conditions: [{ type: "GPUHealthy", $patch: "delete" }] } });
    const path = `/api/v1/nodes/${node}/status`;
    expect((await cluster.handle({ method: "PATCH", path, headers, body })).status).toBe(200);
    expect(await condition()).toBeUndefined();
  });
});
