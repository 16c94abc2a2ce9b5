import { camelCase } from "./camel-case.js";
import { conditionOf } from "./condition.js";
import type { NodeView } from "./node.js";
import { taintStateOf } from "./taint.js";
import { isToldByEvent, type NodeVerdict } from "./verdict.js";

/** A fault that an earlier process of this program told, and that this one cannot know by itself. */
export interface Remembered {
  readonly reason: string;
  readonly message: string;
}

const introduction = "told before gpu-health was started anew, and no recovery was seen since: ";

/**
 * What the API still says of a fault that was told as an event, when this process starts. A machine that was booted since
 * is evidence of recovery; a taint that somebody took away is an operator's word for it.
 */
export function rememberedIn(node: NodeView, bootedAtWallMs: number): Remembered | undefined {
  const condition = conditionOf(node);
  if (condition?.status !== "False" || condition.reason === undefined || !isToldByEvent(condition.reason)) {
    return undefined;
  }
  // NaN, which is before nothing, where there is no time: where there is doubt the fault stays.
  const writtenAtWallMs = Date.parse(condition.lastHeartbeatTime ?? "");
  if (writtenAtWallMs < bootedAtWallMs || taintStateOf(node).kind === "taken_away") return undefined;
  const message = (condition.message ?? "").replace(introduction, "");
  return { reason: condition.reason, message };
}

/** The verdict with what is remembered: GPUs that seem well are not, and a fault that is seen again speaks for itself. */
export function withRemembered(verdict: NodeVerdict, remembered: Remembered | undefined): NodeVerdict {
  if (remembered === undefined || verdict.status !== "True") return verdict;
  const { reason, message } = remembered;
  return {
    status: "False",
    reason,
    message: `${introduction}${message}`,
    fatal: { kind: "present", fault: reason.replace(/^Xid/, "xid_") },
    key: keyOf(remembered),
  };
}

/** Tells the verdict that is remembered from every other one. */
export const keyOf = ({ reason }: Remembered): string => `remembered ${reason}`;

/** Whether an operator's word about a fault (undefined: about all) is about this one. */
export const isAbout = ({ reason }: Remembered, fault: string | undefined): boolean =>
  fault === undefined || camelCase(fault) === reason;
