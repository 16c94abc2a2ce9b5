import type { ApiReply, ApiRequest } from "./front.js";

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface Node {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly taints?: readonly Taint[] };
  readonly status: { readonly conditions?: readonly Condition[] };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface Event {
  readonly type: string;
  readonly reason: string;
  readonly count: number;
}

/** A Kubernetes with nodes and no kubelets, in the hands of a test. */
export interface Cluster {
  /** What an agent's request comes to; rejects while the API server is down. */
  readonly handle: (request: ApiRequest) => Promise<ApiReply>;
  createNode(name: string, taints: readonly Taint[]): Promise<void>;
  deleteNode(name: string): Promise<void>;
  node(name: string): Promise<Node>;
  events(): Promise<readonly Event[]>;
  /** A token of the agent, as a pod on this node has it. Those that were given before are worth nothing any more. */
  newToken(node: string): Promise<string>;
  /** Whether the agent has its rights. A change may take a moment. */
  allow(isAllowed: boolean): Promise<void>;
  /** The API server dies. */
  stop(): Promise<void>;
  /** It comes back, and remembers everything. */
  start(): Promise<void>;
  close(): Promise<void>;
}
