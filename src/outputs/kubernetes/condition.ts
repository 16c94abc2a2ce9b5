import { apiTime, type NodeCondition, type NodeView } from "./node.js";
import type { NodeVerdict } from "./verdict.js";

/** The type of the node's condition. */
const conditionType = "GPUHealthy";

export const conditionOf = (node: NodeView): NodeCondition | undefined =>
  node.conditions.find(({ type }) => type === conditionType);

/**
 * The condition as it is to be. The transition is when `status` changed last, as the kubelet has it: what the API knows of
 * it stays, also over restarts of this process.
 */
export function nextCondition(
  before: NodeCondition | undefined,
  { status, reason, message }: NodeVerdict,
  wallMs: number,
): NodeCondition {
  const now = apiTime(wallMs);
  return {
    type: conditionType,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? now) : now,
  };
}

/** A strategic merge patch of a node's status: conditions are merged by their type, so nobody else's is touched. */
export const conditionPatch = (condition: NodeCondition) => ({ status: { conditions: [condition] } });
