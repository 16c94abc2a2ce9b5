import { assertNever } from "../../core/assert-never.js";
import type { TaintRule } from "../../core/node-reporting.js";
import { apiTime, type NodeTaint, type NodeView } from "./node.js";

/**
 * Names the taint that this program has put on the node. It is written and removed together with the taint, so a taint
 * that it does not name is somebody else's, whatever its key.
 */
const taintAnnotation = "gpu-health/taint";

/** One step of a JSON patch (RFC 6902). */
export type PatchStep =
  | { readonly op: "test" | "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** How the taint on the node came to be. */
export type TaintState =
  | { readonly kind: "none" }
  | { readonly kind: "ours"; readonly taint: NodeTaint }
  /** We put one there, and somebody took it away. */
  | { readonly kind: "taken_away" };

export function taintStateOf(node: NodeView): TaintState {
  const named = node.annotations?.[taintAnnotation];
  if (named === undefined) return { kind: "none" };
  const taint = node.taints?.find((each) => textOf(each) === named);
  return taint === undefined ? { kind: "taken_away" } : { kind: "ours", taint };
}

/** What there is to do about the taint, and the patch that does it. */
export type TaintChange =
  | { readonly kind: "none" }
  /** Somebody else's taint has the key and the effect, of which a node can have one. */
  | { readonly kind: "foreign"; readonly taint: NodeTaint }
  | { readonly kind: "add"; readonly taint: NodeTaint; readonly patch: readonly PatchStep[] }
  | { readonly kind: "remove"; readonly taint: NodeTaint; readonly patch: readonly PatchStep[] }
  | { readonly kind: "forget"; readonly patch: readonly PatchStep[] };

/**
 * What makes the node have the taint while there is a fault, and not otherwise. A taint under a rule that is no longer
 * configured is ours to remove, too. The value stays that of the first fault: another one is no reason to write.
 */
export function taintChange(
  node: NodeView,
  rule: TaintRule | undefined,
  fault: string | undefined,
  wallMs: number,
): TaintChange {
  const state = taintStateOf(node);
  const isWanted = rule !== undefined && fault !== undefined;
  switch (state.kind) {
    case "ours":
      return isWanted && isOf(rule, state.taint) ? { kind: "none" } : removal(node, state.taint);
    case "taken_away":
      return isWanted ? addition(node, rule, fault, wallMs) : { kind: "forget", patch: without(node) };
    case "none":
      return isWanted ? addition(node, rule, fault, wallMs) : { kind: "none" };
    default:
      return assertNever(state);
  }
}

function addition(node: NodeView, { key, effect }: TaintRule, fault: string, wallMs: number): TaintChange {
  const present = node.taints?.find((each) => isOf({ key, effect }, each));
  if (present !== undefined) return { kind: "foreign", taint: present };
  const taint: NodeTaint = { key, value: taintValue(fault), effect, timeAdded: apiTime(wallMs) };
  const named = { [taintAnnotation]: textOf(taint) };
  return {
    kind: "add",
    taint,
    patch: [
      ...unchanged(node),
      node.taints === undefined
        ? { op: "add", path: taintsPath, value: [taint] }
        : { op: "add", path: `${taintsPath}/-`, value: taint },
      node.annotations === undefined
        ? { op: "add", path: annotationsPath, value: named }
        : { op: "add", path: annotationPath, value: named[taintAnnotation] },
    ],
  };
}

function removal(node: NodeView, taint: NodeTaint): TaintChange {
  const index = node.taints?.indexOf(taint) ?? -1;
  return {
    kind: "remove",
    taint,
    patch: [...unchanged(node), { op: "remove", path: `${taintsPath}/${index}` }, ...without(node)],
  };
}

/** The annotation alone is out of date. */
const without = (node: NodeView): readonly PatchStep[] => [
  { op: "test", path: annotationPath, value: node.annotations?.[taintAnnotation] ?? null },
  { op: "remove", path: annotationPath },
];

const taintsPath = "/spec/taints";
const annotationsPath = "/metadata/annotations";
const annotationPath = `${annotationsPath}/${taintAnnotation.replaceAll("/", "~1")}`;

/**
 * The patch holds only while the taints are as they were read: the API has no other way to change a list that others
 * change too. The version of the whole Node would not do, for the kubelet changes it all the time.
 */
const unchanged = ({ uid, taints, annotations }: NodeView): readonly PatchStep[] => [
  { op: "test", path: "/metadata/uid", value: uid },
  { op: "test", path: taintsPath, value: taints ?? null },
  ...(annotations === undefined ? [{ op: "test" as const, path: annotationsPath, value: null }] : []),
];

const isOf = ({ key, effect }: TaintRule, taint: NodeTaint): boolean => taint.key === key && taint.effect === effect;

/** As kubectl writes it: `gpu-health/unhealthy=xid_79:NoSchedule`. */
export const textOf = ({ key, value, effect }: NodeTaint): string =>
  value === undefined || value === "" ? `${key}:${effect}` : `${key}=${value}:${effect}`;

/** Values of taints have the form of label values. */
const taintValue = (fault: string): string => fault.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 63);
