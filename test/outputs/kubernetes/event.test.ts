import { expect, it } from "vitest";
import { conditionNotice, eventObject } from "../../../src/outputs/kubernetes/event.js";
import type { NodeCondition, NodeView } from "../../../src/outputs/kubernetes/node.js";

const node = (name: string): NodeView => ({
  name,
  uid: "uid",
  annotations: undefined,
  taints: undefined,
  conditions: [],
});
const notice = { type: "Warning", reason: "Xid79", message: "gpu/0 fell off the bus" } as const;
const condition = (status: string, reason: string): NodeCondition => ({ type: "GPUHealthy", status, reason });

it("has a name that Kubernetes takes, however long the node's is", () => {
  const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
  for (const name of [
    "n".repeat(253),
    `${"n".repeat(219)}.${"x".repeat(30)}`,
    `${"n".repeat(218)}--${"x".repeat(30)}`,
  ]) {
    const { metadata } = eventObject(node(name), notice, "0123456789abcdef", 0);
    expect(metadata.name).toMatch(subdomain);
    expect(metadata.name.length).toBeLessThanOrEqual(253);
  }
});

it("warns of what degrades, though the condition is True, also where it is the first one", () => {
  const degraded = condition("True", "GpuTooHot");
  const well = condition("True", "AllGpusHealthy");
  expect(conditionNotice(well, degraded)).toMatchObject({ type: "Warning", reason: "GpuTooHot" });
  expect(conditionNotice(undefined, degraded)).toMatchObject({ type: "Warning", reason: "GpuTooHot" });
  expect(conditionNotice(degraded, well)).toMatchObject({ type: "Normal" });
  expect(conditionNotice(undefined, well)).toBeUndefined();
});
