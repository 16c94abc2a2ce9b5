import { beforeEach, describe, expect, it } from "vitest";
import type { Result } from "../../../src/core/result.js";
import { goodGpu, lowMemory } from "../../support/gpu-registry.js";
import { AgentHarness, answer, rule, xid } from "./harness.js";

describe("the condition", () => {
  let harness: AgentHarness;
  beforeEach(() => {
    harness = new AgentHarness();
    harness.agent.start();
  });

  it("says that all GPUs are well, and an Event does not", async () => {
    harness.gpus.publishGpus(goodGpu, goodGpu);
    await harness.pass(3);
    expect(harness.condition).toEqual({
      type: "GPUHealthy",
      status: "True",
      reason: "AllGpusHealthy",
      message: "all 2 GPUs answer and have no fault",
      lastHeartbeatTime: "2026-01-01T00:00:01Z",
      lastTransitionTime: "2026-01-01T00:00:01Z",
    });
    expect(harness.events).toEqual([]);
    expect(harness.requests()).toEqual(["GET nodes/node-1", "PATCH nodes/node-1/status"]);
  });

  it("leaves the conditions of others alone", async () => {
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(1);
    expect(harness.node.status.conditions?.map(({ type }) => type)).toEqual(["Ready", "GPUHealthy"]);
  });

  it("tells a fault within a look, with the GPU and the remedy, and an Event with it", async () => {
    harness.gpus.publishGpus(goodGpu, goodGpu);
    await harness.pass(20);
    harness.gpus.publishGpus(goodGpu, xid(79, 1));
    await harness.pass(1);
    expect(harness.condition).toEqual({
      type: "GPUHealthy",
      status: "False",
      reason: "Xid79",
      message: "gpu/1 fell off the bus (XID 79) [GPU-00000001]. What to do: drain the node and reboot it.",
      lastHeartbeatTime: "2026-01-01T00:00:21Z",
      lastTransitionTime: "2026-01-01T00:00:21Z",
    });
    expect(harness.events).toEqual(["Warning Xid79 1"]);
    expect([...harness.kubernetes.events.values()]).toEqual([
      {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "node-1.1", namespace: "default" },
        involvedObject: { apiVersion: "v1", kind: "Node", name: "node-1", uid: "uid-1" },
        type: "Warning",
        reason: "Xid79",
        message: "gpu/1 fell off the bus (XID 79) [GPU-00000001]. What to do: drain the node and reboot it.",
        source: { component: "gpu-health", host: "node-1" },
        reportingComponent: "gpu-health",
        reportingInstance: "node-1",
        firstTimestamp: "2026-01-01T00:00:21Z",
        lastTimestamp: "2026-01-01T00:00:21Z",
        count: 1,
      },
    ]);
  });

  it("tells good news when it has lasted ten seconds", async () => {
    harness.gpus.publishGpus(xid(79));
    await harness.pass(5);
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(10);
    expect(harness.condition?.status).toBe("False");
    await harness.pass(1);
    expect(harness.condition).toMatchObject({ status: "True", lastTransitionTime: "2026-01-01T00:00:16Z" });
    expect(harness.events).toEqual(["Warning Xid79 1", "Normal AllGpusHealthy 1"]);
  });

  it("does not flap with what flaps", async () => {
    harness.gpus.publishGpus(xid(79));
    await harness.pass(5);
    harness.requests();
    for (let round = 0; round < 6; round++) {
      harness.gpus.publishGpus(goodGpu);
      await harness.pass(5);
      harness.gpus.publishGpus(xid(79));
      await harness.pass(5);
    }
    expect(harness.requests()).toEqual([]);
  });

  it("is not written again for figures that change, and soon for another GPU", async () => {
    harness.gpus.publishGpus({ ...lowMemory, message: "0.3 GiB free" }, goodGpu);
    await harness.pass(2);
    harness.requests();
    harness.gpus.publishGpus({ ...lowMemory, message: "0.2 GiB free" }, goodGpu);
    await harness.pass(60);
    expect(harness.requests()).toEqual([]);
    harness.gpus.publishGpus(lowMemory, lowMemory);
    await harness.pass(12);
    expect(harness.requests()).toEqual(["PATCH nodes/node-1/status"]);
    expect(harness.condition?.message).toMatch(/GPU-00000000.*GPU-00000001/);
  });

  it("is written every five minutes while nothing happens, with one request", async () => {
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(1);
    harness.requests();
    await harness.pass(3600);
    expect(harness.requests()).toEqual(Array(12).fill("PATCH nodes/node-1/status"));
    expect(harness.condition).toMatchObject({
      lastHeartbeatTime: "2026-01-01T01:00:01Z",
      lastTransitionTime: "2026-01-01T00:00:01Z",
    });
  });

  it("is Unknown only when nothing has been known for a minute", async () => {
    await harness.pass(60);
    expect(harness.condition).toBeUndefined();
    await harness.pass(2);
    expect(harness.condition).toMatchObject({ status: "Unknown", reason: "GpusNotReadYet" });
    harness.gpus.publishGpus(xid(79));
    await harness.pass(1);
    expect(harness.condition).toMatchObject({ status: "False", reason: "Xid79" });
  });

  it("says what is wrong with GPUs although traffic is turned away", async () => {
    harness.gpus.publishGpus(goodGpu);
    harness.gpus.registry.drain("an operator drains");
    await harness.pass(1);
    expect(harness.condition?.status).toBe("True");
    harness.gpus.registry.shutdown("the server is shutting down");
    await harness.pass(30);
    expect(harness.condition?.status).toBe("True");
  });

  it("counts an Event that happens again", async () => {
    for (let round = 0; round < 3; round++) {
      harness.gpus.publishGpus(xid(79));
      await harness.pass(2);
      harness.gpus.publishGpus(goodGpu);
      await harness.pass(12);
    }
    expect(harness.events).toEqual(["Warning Xid79 3", "Normal AllGpusHealthy 3"]);
    harness.kubernetes.events.clear();
    harness.gpus.publishGpus(xid(79));
    await harness.pass(2);
    expect(harness.events).toEqual(["Warning Xid79 1"]);
  });
});

describe("the taint", () => {
  let harness: AgentHarness;
  beforeEach(() => {
    harness = new AgentHarness(rule);
    harness.agent.start();
  });
  const ours = "gpu-health/unhealthy=xid_79:NoSchedule";

  it("is there while there is a fatal fault, beside those of others", async () => {
    harness.node.spec.taints = [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }];
    harness.gpus.publishGpus(xid(79));
    await harness.pass(1);
    expect(harness.taints).toEqual(["dedicated=gpu:NoSchedule", ours]);
    expect(harness.agent.state.isTainted).toBe(true);
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(11);
    expect(harness.taints).toEqual(["dedicated=gpu:NoSchedule"]);
    expect(harness.node.metadata.annotations).toEqual({});
    expect(harness.said).toEqual([
      "condition False Xid79",
      `taint added ${ours}`,
      "condition True AllGpusHealthy",
      `taint removed ${ours}`,
    ]);
    expect(harness.events).toEqual([
      "Warning Xid79 1",
      "Warning GpuTaintAdded 1",
      "Normal AllGpusHealthy 1",
      "Normal GpuTaintRemoved 1",
    ]);
  });

  it("is not put there for what a restart of the program mends", async () => {
    harness.gpus.publishGpus(lowMemory);
    await harness.pass(20);
    expect(harness.condition?.status).toBe("False");
    expect(harness.taints).toEqual([]);
  });

  it("is put there at once where what degraded becomes fatal", async () => {
    const { mendedByRestart: _, ...degraded } = { ...xid(92), status: "degraded" as const };
    harness.gpus.publishGpus(degraded);
    await harness.pass(15);
    expect(harness.condition?.status).toBe("True");
    harness.gpus.publishGpus(xid(92));
    await harness.pass(2);
    expect(harness.condition?.status).toBe("False");
    expect(harness.taints).toEqual(["gpu-health/unhealthy=xid_92:NoSchedule"]);
  });

  it("is somebody else's where it was there before", async () => {
    harness.node.spec.taints = [{ key: rule.key, value: "maintenance", effect: rule.effect }];
    harness.gpus.publishGpus(xid(79));
    await harness.pass(400);
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(20);
    expect(harness.taints).toEqual(["gpu-health/unhealthy=maintenance:NoSchedule"]);
    expect(harness.said.filter((each) => each.startsWith("taint"))).toEqual([
      "taint foreign gpu-health/unhealthy=maintenance:NoSchedule",
    ]);
  });

  it("loses no taint that somebody writes at the same moment", async () => {
    let isFirst = true;
    harness.disturbance = ({ path, method }) => {
      if (method === "PATCH" && path.endsWith("/node-1") && isFirst) {
        isFirst = false;
        harness.node.spec.taints = [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }];
      }
      return undefined;
    };
    harness.gpus.publishGpus(xid(79));
    await harness.pass(1);
    expect(harness.taints).toEqual(["node.kubernetes.io/unschedulable=:NoSchedule", ours]);
    expect(harness.said).not.toContainEqual(expect.stringContaining("failing"));
  });

  it("stays while nothing is known", async () => {
    harness.gpus.publishGpus(xid(79));
    await harness.pass(1);
    harness.gpus.registry.forget("gpu");
    await harness.pass(100);
    expect(harness.condition?.status).toBe("Unknown");
    expect(harness.taints).toEqual([ours]);
  });

  it("stays while the driver is gone, and goes when the GPUs are seen to be well", async () => {
    harness.gpus.publishGpus(xid(79));
    await harness.pass(1);
    harness.gpus.publish("gpu", { status: "unhealthy", reason: "nvml_init_failed", message: "no driver" });
    await harness.pass(20);
    expect(harness.condition).toMatchObject({ status: "False", reason: "NvmlInitFailed" });
    expect(harness.taints).toEqual([ours]);
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(20);
    expect(harness.taints).toEqual([]);
  });

  it.each<readonly [string, Result]>([
    ["readings are too old", { status: "unhealthy", reason: "gpu_data_stale", message: "12 s old", immediate: true }],
    ["nothing is heard of the check", { status: "unhealthy", reason: "stale", message: "no result", immediate: true }],
  ])("stays while %s", async (_, result) => {
    harness.gpus.publishGpus(goodGpu, { ...xid(79, 1), reason: "gpu_lost" });
    await harness.pass(1);
    harness.gpus.publishGpus(goodGpu, result);
    await harness.pass(20);
    expect(harness.condition?.status).toBe("False");
    expect(harness.taints).toEqual(["gpu-health/unhealthy=gpu_lost:NoSchedule"]);
    harness.gpus.publishGpus(goodGpu, goodGpu);
    await harness.pass(20);
    expect(harness.taints).toEqual([]);
  });

  it("stays while a GPU is missing that is expected, though the others are well", async () => {
    harness.gpus.publishGpus(goodGpu, { ...xid(79, 1), reason: "gpu_lost" });
    await harness.pass(1);
    harness.gpus.publishMissing({ status: "unhealthy", reason: "gpu_missing", message: "1 of 2" }, goodGpu);
    await harness.pass(20);
    expect(harness.condition).toMatchObject({ status: "False", reason: "GpuMissing" });
    expect(harness.taints).toEqual(["gpu-health/unhealthy=gpu_lost:NoSchedule"]);
  });

  it("comes back where somebody took it away while the fault is there", async () => {
    harness.gpus.publishGpus(xid(79));
    await harness.pass(1);
    harness.node.spec.taints = [];
    await harness.pass(301);
    expect(harness.taints).toEqual([ours]);
  });

  it("is removed where it is no longer configured", async () => {
    harness.gpus.publishGpus(xid(79));
    await harness.pass(1);
    await harness.agent.stop();
    harness.newAgent({ taint: { key: "example.com/gpu", effect: "NoExecute" } }).start();
    await harness.pass(12);
    expect(harness.taints).toEqual([]);
    await harness.pass(301);
    expect(harness.taints).toEqual(["example.com/gpu=xid_79:NoExecute"]);
  });
});

describe("a taint that is no longer configured", () => {
  const ours = "gpu-health/unhealthy=xid_79:NoSchedule";

  it("stays where the right to write it is gone too, which is said once and holds nothing up", async () => {
    const harness = new AgentHarness(rule);
    harness.gpus.publishGpus(xid(79));
    harness.agent.start();
    await harness.pass(2);
    await harness.agent.stop();
    harness.kubernetes.denied.add("patch nodes");
    harness.said.length = 0;
    const agent = harness.newAgent({ taint: undefined });
    agent.start();
    await harness.pass(2);
    agent.acknowledge(undefined);
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(1000);
    expect(harness.taints).toEqual([ours]);
    expect(harness.said).toEqual([
      "remembered Xid79",
      `taint kept ${ours}`,
      "acknowledged Xid79",
      "condition True AllGpusHealthy",
    ]);
    expect(harness.events).toContain("Normal AllGpusHealthy 1");
    expect(agent.state.problem).toBeUndefined();

    // kubectl taint node NODE KEY-
    harness.node.spec.taints = [];
    await harness.pass(700);
    expect(agent.state.problem).toBeUndefined();
  });
});

describe("a new start", () => {
  let harness: AgentHarness;
  beforeEach(async () => {
    harness = new AgentHarness(rule);
    harness.gpus.publishGpus(xid(79));
    harness.agent.start();
    await harness.pass(5);
    await harness.agent.stop();
    harness.gpus.registry.forget("gpu");
    harness.said.length = 0;
    harness.kubernetes.events.clear();
  });
  const ours = "gpu-health/unhealthy=xid_79:NoSchedule";

  it("changes nothing while nothing is known, and tells nothing again", async () => {
    harness.newAgent().start();
    await harness.pass(30);
    expect(harness.condition).toMatchObject({ status: "False", reason: "Xid79" });
    harness.gpus.publishGpus(xid(79));
    await harness.pass(20);
    expect(harness.condition).toMatchObject({ status: "False", lastTransitionTime: "2026-01-01T00:00:01Z" });
    expect(harness.taints).toEqual([ours]);
    expect(harness.events).toEqual([]);
  });

  it("does not take a forgotten event for recovery", async () => {
    harness.newAgent().start();
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(700);
    expect(harness.condition).toMatchObject({
      status: "False",
      reason: "Xid79",
      message:
        "told before gpu-health was started anew, and no recovery was seen since: " +
        "gpu/0 fell off the bus (XID 79) [GPU-00000000]. What to do: drain the node and reboot it.",
    });
    expect(harness.taints).toEqual([ours]);
    expect(harness.said).toEqual(["remembered Xid79"]);
    await harness.agent.stop();
    harness.newAgent().start();
    await harness.pass(5);
    expect(harness.condition?.message).toMatch(/^told before[^:]*: gpu\/0 fell/);
  });

  it("takes a reboot for evidence of recovery", async () => {
    harness.newAgent({ bootedAtWallMs: harness.clock.wallMs() }).start();
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(15);
    expect(harness.condition).toMatchObject({ status: "True", reason: "AllGpusHealthy" });
    expect(harness.taints).toEqual([]);
  });

  it("takes an operator's word for it", async () => {
    const agent = harness.newAgent();
    agent.start();
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(15);
    agent.acknowledge("xid_48");
    await harness.pass(15);
    expect(harness.condition?.status).toBe("False");
    agent.acknowledge("xid_79");
    await harness.pass(15);
    expect(harness.condition?.status).toBe("True");
    expect(harness.taints).toEqual([]);
  });

  it("takes it for an operator's word when the taint is taken away", async () => {
    harness.newAgent().start();
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(15);
    harness.node.spec.taints = [];
    await harness.pass(320);
    expect(harness.said).not.toContain("taint added gpu-health/unhealthy=xid_79:NoSchedule");
    expect(harness.condition?.status).toBe("True");
    expect(harness.taints).toEqual([]);
    expect(harness.node.metadata.annotations).toEqual({});
  });
});

describe("an API that fails", () => {
  let harness: AgentHarness;
  beforeEach(async () => {
    harness = new AgentHarness(rule);
    harness.gpus.publishGpus(goodGpu);
    harness.agent.start();
    await harness.pass(2);
    harness.requests();
    harness.said.length = 0;
  });
  const failAlways = (failure: () => ReturnType<typeof answer>): { count: number } => {
    const seen = { count: 0 };
    harness.disturbance = () => {
      seen.count++;
      return failure();
    };
    return seen;
  };

  it.each<readonly [string, () => ReturnType<typeof answer>, RegExp]>([
    ["401", () => answer(401, { kind: "Status", message: "Unauthorized" }), /was answered 401: Unauthorized/],
    ["403", () => answer(403, { kind: "Status", message: "nodes is forbidden" }), /answered 403: nodes is forbidden/],
    ["404", () => answer(404, { kind: "Status", message: 'nodes "node-1" not found' }), /not found/],
    ["409", () => answer(409), /answered 409/],
    ["410", () => answer(410), /answered 410/],
    ["500", () => answer(500, "etcdserver: leader changed"), /answered 500/],
    ["503", () => answer(503, "<html>", "soon"), /answered 503/],
    ["a redirect", () => answer(302), /answered 302/],
    ["garbage", () => answer(200, "\u0000garbage"), /which is no Node/],
    ["another object", () => answer(200, { kind: "Pod", metadata: { name: "a", uid: "b" } }), /which is no Node/],
    ["a reset", () => Promise.reject(new Error("the connection was closed")), /the connection was closed/],
  ])("is tried again after %s, less and less often, and told once", async (_, failure, message) => {
    const seen = failAlways(failure);
    harness.gpus.publishGpus(xid(79));
    await harness.pass(600);
    // 0.75, 1.5, 3, … 45 s: some eighteen attempts in ten minutes.
    expect(seen.count).toBeGreaterThan(10);
    expect(seen.count).toBeLessThan(25);
    expect(harness.said).toEqual([expect.stringMatching(message)]);
    expect(harness.agent.state.problem).toMatch(message);
    harness.disturbance = () => undefined;
    await harness.pass(60);
    expect(harness.condition).toMatchObject({ status: "False", reason: "Xid79" });
    expect(harness.taints).toEqual(["gpu-health/unhealthy=xid_79:NoSchedule"]);
    expect(harness.said.slice(1)).toContain("recovered");
  });

  it("is tried less and less often where the condition that was taken is not the one that is there", async () => {
    const seen = failAlways(() => answer(200, { kind: "Node", metadata: { name: "node-1", uid: "uid-1" } }));
    harness.gpus.publishGpus(xid(79));
    await harness.pass(600);
    // Two requests an attempt.
    expect(seen.count).toBeLessThan(50);
    expect(harness.said).toEqual([expect.stringMatching(/answers with another one/)]);
  });

  it("waits as long as it is told", async () => {
    const seen = failAlways(() => answer(429, { message: "too many requests" }, "120"));
    harness.gpus.publishGpus(xid(79));
    await harness.pass(120);
    expect(seen.count).toBe(1);
    await harness.pass(2);
    expect(seen.count).toBe(2);
  });

  it("does not wait for what hangs", async () => {
    harness.disturbance = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("no answer in time")));
      });
    harness.gpus.publishGpus(xid(79));
    await harness.pass(15);
    expect(harness.said).toEqual([]);
    await harness.pass(2);
    expect(harness.said).toEqual([expect.stringContaining("no answer in time")]);
  });

  it("hears of the newest state only", async () => {
    failAlways(() => answer(500));
    harness.gpus.publishGpus(xid(79));
    await harness.pass(30);
    harness.gpus.publishGpus(goodGpu);
    await harness.pass(30);
    harness.disturbance = () => undefined;
    await harness.pass(60);
    expect(harness.condition).toMatchObject({ status: "True", lastTransitionTime: "2026-01-01T00:00:01Z" });
    expect(harness.taints).toEqual([]);
    expect(harness.events).toEqual([]);
  });

  it("gets the condition again where the node was made anew", async () => {
    harness.kubernetes.nodes.clear();
    await harness.pass(400);
    expect(harness.said).toEqual([expect.stringContaining('nodes "node-1" not found')]);
    harness.kubernetes.createNode("node-1");
    await harness.pass(60);
    expect(harness.condition).toMatchObject({ status: "True" });
  });

  it("writes the condition although neither taint nor Event may be written", async () => {
    harness.kubernetes.denied.add("patch nodes").add("create events");
    harness.gpus.publishGpus(xid(79));
    await harness.pass(120);
    expect(harness.condition).toMatchObject({ status: "False" });
    expect(harness.said).toContainEqual(expect.stringMatching(/^failing PATCH .*nodes is forbidden/));
    harness.kubernetes.denied.delete("patch nodes");
    await harness.pass(60);
    expect(harness.taints).toHaveLength(1);
    expect(harness.said.filter((each) => each.startsWith("refused"))).toHaveLength(1);
    expect(harness.agent.state.problem).toBeUndefined();
    expect(harness.requests().filter((each) => each === "PATCH nodes/node-1/status")).toHaveLength(1);
  });

  it("counts what was written and what was not", async () => {
    harness.kubernetes.denied.add("patch nodes/status");
    harness.gpus.publishGpus(xid(79));
    await harness.pass(1);
    expect(harness.agent.state).toMatchObject({
      writes: { condition: { done: 1, failed: 1 }, taint: { done: 0, failed: 0 }, event: { done: 0, failed: 0 } },
      lastWriteAgeMs: 2000,
      isTainted: false,
    });
    harness.kubernetes.denied.clear();
    await harness.pass(2);
    expect(harness.agent.state).toMatchObject({
      writes: { condition: { done: 2, failed: 1 }, taint: { done: 1, failed: 0 }, event: { done: 2, failed: 0 } },
      problem: undefined,
      isTainted: true,
    });
  });
});

it("says when the API has taken a condition, and does not wait for ever", async () => {
  const harness = new AgentHarness();
  const told: string[] = [];
  harness.kubernetes.denied.add("get nodes");
  harness.gpus.publishGpus(goodGpu);
  harness.agent.start();
  void harness.agent.told(5000).then(() => told.push("deadline"));
  await harness.pass(4);
  expect(told).toEqual([]);
  await harness.pass(1);
  expect(told).toEqual(["deadline"]);
  void harness.agent.told(60_000).then(() => told.push("told"));
  harness.kubernetes.denied.clear();
  await harness.pass(30);
  expect(told).toEqual(["deadline", "told"]);
});

it("writes nothing when it ends, and gives up the request in flight", async () => {
  const harness = new AgentHarness();
  harness.gpus.publishGpus(goodGpu);
  harness.agent.start();
  await harness.pass(2);
  harness.requests();
  await harness.agent.stop();
  harness.gpus.publishGpus(xid(79));
  await harness.pass(1000);
  expect(harness.requests()).toEqual([]);

  harness.disturbance = (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("aborted")));
    });
  const hanging = harness.newAgent();
  hanging.start();
  await harness.pass(1);
  await hanging.stop();
  expect(harness.said).toEqual(["condition True AllGpusHealthy"]);
});
