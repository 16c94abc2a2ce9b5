import { type CheckEntry, labelOf } from "../../core/component.js";
import type { Registry } from "../../core/registry.js";
import type { Result } from "../../core/result.js";
import { camelCase } from "./camel-case.js";

/** The component that stands for every GPU. */
const gpuComponent = "gpu";

/** A fault that no restart of a program mends. `unseen`: a GPU cannot be looked at, which is no evidence of recovery. */
export type FatalFault =
  /** Named as in the catalogue. */
  { readonly kind: "present"; readonly fault: string } | { readonly kind: "absent" } | { readonly kind: "unseen" };

/** What the node's condition is to say. */
export interface NodeVerdict {
  readonly status: "True" | "False" | "Unknown";
  /** As Kubernetes writes reasons: `Xid79`. */
  readonly reason: string;
  readonly message: string;
  readonly fatal: FatalFault;
  /** What is wrong and where, without figures: a verdict with the same key says nothing new. */
  readonly key: string;
}

/** The reason while there is nothing to tell. */
export const allHealthy = "AllGpusHealthy";

/** Events and conditions of a node with dozens of faults must stay readable; an Event takes 1024 bytes. */
const maxMessageBytes = 1000;

/**
 * What the checks say of the node's GPUs, whatever drain and shutdown make of it: these are about this process. The worst
 * comes first, and what is as bad in the order of the GPUs.
 */
export function verdictOf(registry: Registry, isSimulated: boolean): NodeVerdict {
  const component = registry.get(gpuComponent);
  const ofAllGpus = new Set(registry.contributions(gpuComponent).map(({ check }) => check));
  const failing = registry
    .checks()
    .filter((entry) => isAboutGpus(entry, ofAllGpus) && entry.state.status !== "healthy")
    .sort((one, other) => rankOf(one) - rankOf(other));
  const said = (message: string): string => bounded(isSimulated ? `simulated GPUs: ${message}` : message);

  const [worst] = failing;
  const isUnhealthy = worst?.state.status === "unhealthy";
  if (!isUnhealthy && (component === undefined || component.checked.status === "unknown")) {
    const message = component?.checked.message ?? "no check looks at the GPUs of this node";
    const reason = component === undefined ? "NoGpuCheck" : "GpusNotReadYet";
    return { status: "Unknown", reason, message: said(message), fatal: { kind: "unseen" }, key: `Unknown ${reason}` };
  }
  if (worst === undefined) {
    const count = [...registry.list()].filter(({ name }) => /^gpu\/\d+$/.test(name)).length;
    const message = count === 1 ? "the GPU answers and has no fault" : `all ${count} GPUs answer and have no fault`;
    return { status: "True", reason: allHealthy, message: said(message), fatal: { kind: "absent" }, key: "True" };
  }
  const { reason } = worst.state.reported;
  return {
    status: isUnhealthy ? "False" : "True",
    reason: camelCase(reason),
    message: said([...new Set(failing.map(sentence))].join(" ")),
    fatal: isFatal(worst) ? { kind: "present", fault: reason } : { kind: failing.some(isBlind) ? "unseen" : "absent" },
    key: failing.map(keyOf).join(", "),
  };
}

/** The checks behind the component, and whatever else looks at a single GPU, as the `cuda` check does. */
const isAboutGpus = (entry: CheckEntry, ofAllGpus: ReadonlySet<string>): boolean =>
  ofAllGpus.has(entry.check) || isAboutOneGpu(entry);

const isAboutOneGpu = ({ subject }: CheckEntry): boolean => subject?.name.startsWith(`${gpuComponent}/`) === true;

const isFatal = ({ state }: CheckEntry): boolean =>
  state.status === "unhealthy" && state.reported.mendedByRestart === false;

/**
 * Nothing is known of a GPU: it is missing or no driver shows it, for which there is no subject, or what was read is too old.
 */
const isBlind = (entry: CheckEntry): boolean =>
  entry.state.status === "unhealthy" && (!isAboutOneGpu(entry) || noData.has(entry.state.reported.reason));

/** Of the policy, and of the scheduler for every subject of a check. */
const noData: ReadonlySet<string> = new Set(["gpu_data_stale", "stale", "timeout"]);

/**
 * XIDs come as events, so a new process does not hear of them again; all else the driver shows as long as it lasts. Takes the
 * reason as a result has it, or as the condition does.
 */
export const isToldByEvent = (reason: string): boolean => /^(xid_|Xid)\d+$/.test(reason);

/** Of what is fatal an event comes first: the condition's reason is what a new process remembers it by. */
function rankOf(entry: CheckEntry): number {
  if (!isFatal(entry)) return entry.state.status === "unhealthy" ? 2 : 3;
  return isToldByEvent(entry.state.reported.reason) ? 0 : 1;
}

/** The same fault is news where it became worse, as a reload of `gpu.faults` can have it. */
const keyOf = (entry: CheckEntry): string =>
  `${labelOf(entry.check, entry)} ${entry.state.reported.reason} ${isFatal(entry) ? "fatal" : entry.state.status}`;

/** What is wrong, with which GPU, and what to do. */
function sentence({ subject, state }: CheckEntry): string {
  const { message, remedy } = state.reported;
  const uuid = subject?.labels.uuid;
  const which = uuid === undefined || uuid === "" ? "" : ` [${uuid}]`;
  const degraded = state.status === "degraded" ? "degraded: " : "";
  return `${degraded}${withoutFullStop(message)}${which}.${remedyOf(remedy)}`;
}

const remedyOf = (remedy: Result["remedy"]): string =>
  remedy === undefined ? "" : ` What to do: ${withoutFullStop(remedy)}.`;

const withoutFullStop = (text: string): string => text.replace(/\.$/, "");

function bounded(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxMessageBytes) return text;
  // A character that was cut through decodes to a replacement character.
  const kept = bytes
    .subarray(0, maxMessageBytes)
    .toString("utf8")
    .replace(/\ufffd$/, "");
  return `${kept}…`;
}
