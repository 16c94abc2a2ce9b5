/** What is told to Kubernetes about the node that this process runs on. */

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

export type TaintEffect = (typeof taintEffects)[number];

/** The taint of a node whose GPUs have a fault that no restart of a program mends. Its value is the fault. */
export interface TaintRule {
  readonly key: string;
  readonly effect: TaintEffect;
}

/** A DNS name and a slash before the name: whose key it is. Kubernetes takes keys without, which are anybody's. */
const keyPattern = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** `KEY:EFFECT`. A sentence where it is none. */
export function parseTaintRule(text: string): TaintRule | string {
  const colon = text.lastIndexOf(":");
  const key = text.slice(0, Math.max(colon, 0));
  const effect = taintEffects.find((each) => each === text.slice(colon + 1));
  if (colon === -1 || effect === undefined) {
    return `expected KEY:EFFECT with ${taintEffects.join(", ")} for an effect, as in gpu-health/unhealthy:NoSchedule`;
  }
  if (key.includes("=")) return "the value of the taint is the fault: give KEY:EFFECT, without =VALUE";
  return keyPattern.test(key) ? { key, effect } : `${key} is no key of a taint: expected one as gpu-health/unhealthy`;
}

export type NodeWrite = "condition" | "taint" | "event";

/** How the reporting goes, for metrics. */
export interface NodeReportingState {
  readonly writes: Readonly<Record<NodeWrite, { readonly done: number; readonly failed: number }>>;
  /** How long ago the API took the newest write; undefined before the first. */
  readonly lastWriteAgeMs: number | undefined;
  /** Why the newest attempt failed; undefined while it did not. */
  readonly problem: string | undefined;
  /** Whether the node has a taint of ours, as last seen. */
  readonly isTainted: boolean;
}
