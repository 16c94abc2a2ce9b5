import { apiTime, type NodeCondition, type NodeTaint, type NodeView } from "./node.js";
import { textOf } from "./taint.js";
import { allHealthy } from "./verdict.js";

/** Something to tell with an Event. */
export interface Notice {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/**
 * The condition has another status or reason than before. A first condition that says all is well is no news. What degrades is
 * a warning too, though the status is `True`.
 */
export function conditionNotice(before: NodeCondition | undefined, after: NodeCondition): Notice | undefined {
  const isWell = after.reason === allHealthy;
  if (before === undefined ? isWell : before.status === after.status && before.reason === after.reason)
    return undefined;
  const { reason = "", message = "" } = after;
  return { type: isWell ? "Normal" : "Warning", reason, message };
}

export const taintAdded = (taint: NodeTaint): Notice => ({
  type: "Warning",
  reason: "GpuTaintAdded",
  message: `the node has the taint ${textOf(taint)} until there is evidence of recovery`,
});

export const taintRemoved = (taint: NodeTaint): Notice => ({
  type: "Normal",
  reason: "GpuTaintRemoved",
  message: `the taint ${textOf(taint)} is gone: no GPU has a fatal fault`,
});

/** An Event that was written, to be counted when the same happens again. */
export interface WrittenEvent {
  readonly name: string;
  readonly reason: string;
  readonly count: number;
  readonly writtenAtMs: number;
}

/** Events of things that have no namespace are in this one. */
export const eventNamespace = "default";

const component = "gpu-health";

/** A name of Kubernetes has 253 characters; this leaves room for what makes it unique. A dot must not follow `-` or a dot. */
const namePart = ({ name }: NodeView): string => name.slice(0, 220).replace(/[-.]+$/, "");

/** The v1 Event, which `kubectl describe node` shows. */
export function eventObject(node: NodeView, { type, reason, message }: Notice, id: string, wallMs: number) {
  const now = apiTime(wallMs);
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${namePart(node)}.${id}`, namespace: eventNamespace },
    involvedObject: { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid },
    type,
    reason,
    message,
    source: { component, host: node.name },
    reportingComponent: component,
    reportingInstance: node.name,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}

/** A merge patch for an Event that happened again. */
export const eventAgain = ({ count }: WrittenEvent, { message }: Notice, wallMs: number) => ({
  count: count + 1,
  message,
  lastTimestamp: apiTime(wallMs),
});
