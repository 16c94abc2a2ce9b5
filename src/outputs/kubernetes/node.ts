/** What is read of a Node. The API's objects have far more in them, which is left as it is. */
export interface NodeView {
  readonly name: string;
  readonly uid: string;
  /** Undefined where the object has none, which a patch must tell from an empty one. */
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** As the API gave them, so that a patch can name them to the letter. */
  readonly taints: readonly NodeTaint[] | undefined;
  readonly conditions: readonly NodeCondition[];
}

export interface NodeTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

/** Times are RFC 3339, in seconds. */
export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
}

/** The Node in an answer of the API; undefined where it is something else. */
export function readNode(value: unknown): NodeView | undefined {
  if (!isMapping(value) || !isMapping(value.metadata) || value.kind !== "Node") return undefined;
  const { metadata, spec, status } = value;
  const { name, uid, annotations } = metadata;
  if (typeof name !== "string" || typeof uid !== "string") return undefined;
  return {
    name,
    uid,
    annotations: isTexts(annotations) ? annotations : undefined,
    taints: isMapping(spec) ? listOf(spec.taints, isTaint) : undefined,
    conditions: (isMapping(status) ? listOf(status.conditions, isCondition) : undefined) ?? [],
  };
}

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  isMapping(value) && Object.values(value).every((each) => typeof each === "string");

const listOf = <T>(value: unknown, isOne: (each: unknown) => each is T): readonly T[] | undefined =>
  Array.isArray(value) ? value.filter(isOne) : undefined;

const isTaint = (value: unknown): value is NodeTaint =>
  isMapping(value) && typeof value.key === "string" && typeof value.effect === "string";

const isCondition = (value: unknown): value is NodeCondition =>
  isMapping(value) && typeof value.type === "string" && typeof value.status === "string";

/** The time as the API writes it. */
export const apiTime = (wallMs: number): string => new Date(wallMs).toISOString().replace(/\.\d+Z$/, "Z");
