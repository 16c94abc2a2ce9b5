/*
 * The part of the Kubernetes API that a node agent uses, as its documentation and a real kube-apiserver have it:
 * `npm run test:kubernetes` runs the same end-to-end tests against both.
 */

type Mapping = Record<string, unknown>;

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body: string;
}

export interface FakeNode extends Mapping {
  metadata: { name: string; uid: string; resourceVersion: string; annotations?: Record<string, string> };
  spec: { taints?: Mapping[] };
  status: { conditions?: Mapping[] };
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export class FakeKubernetes {
  readonly nodes = new Map<string, FakeNode>();
  readonly events = new Map<string, Mapping>();
  /** Every request that was answered, as `PATCH /api/v1/nodes/n/status`. */
  readonly requests: string[] = [];
  /** What RBAC does not allow: `patch nodes/status`. */
  readonly denied = new Set<string>();
  private version = 1;

  createNode(name: string, spec: FakeNode["spec"] = {}): FakeNode {
    const version = String(this.version++);
    const node: FakeNode = {
      kind: "Node",
      apiVersion: "v1",
      metadata: { name, uid: `uid-${version}`, resourceVersion: version },
      spec,
      status: { conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }] },
    };
    this.nodes.set(name, node);
    return node;
  }

  handle(request: FakeRequest): FakeAnswer {
    this.requests.push(`${request.method} ${request.path}`);
    try {
      const body = this.answer(request);
      return { status: request.method === "POST" ? 201 : 200, body: JSON.stringify(body) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status: code, reason, message } = error;
      const status = { kind: "Status", apiVersion: "v1", status: "Failure", message, reason, code };
      return { status: code, body: JSON.stringify(status) };
    }
  }

  private answer({ method, path, contentType, body = "" }: FakeRequest): Mapping {
    const [, name = "", subresource] = /^\/api\/v1\/nodes\/([^/]+)(\/status)?$/.exec(path) ?? [];
    if (name !== "") {
      this.authorize(`${method.toLowerCase()} nodes${subresource ?? ""}`);
      const node = this.nodes.get(name);
      if (node === undefined) throw new Refusal(404, "NotFound", `nodes "${name}" not found`);
      if (method === "GET") return node;
      if (method !== "PATCH") throw new Refusal(405, "MethodNotAllowed", "the server does not allow this method");
      return this.store(subresource === undefined ? patched(node, contentType, body) : withStatus(node, body));
    }
    const [, event] = /^\/api\/v1\/namespaces\/default\/events(?:\/([^/]+))?$/.exec(path) ?? [];
    if (event !== undefined && method === "PATCH") {
      this.authorize("patch events");
      const known = this.events.get(event);
      if (known === undefined) throw new Refusal(404, "NotFound", `events "${event}" not found`);
      Object.assign(known, JSON.parse(body));
      return known;
    }
    if (path.endsWith("/events") && method === "POST") {
      this.authorize("create events");
      const created = JSON.parse(body) as Mapping & { metadata: { name: string } };
      if (this.events.has(created.metadata.name)) throw new Refusal(409, "AlreadyExists", "events already exists");
      this.events.set(created.metadata.name, created);
      return created;
    }
    throw new Refusal(404, "NotFound", "the server could not find the requested resource");
  }

  private authorize(right: string): void {
    if (!this.denied.has(right)) return;
    const [verb = "", resource = ""] = right.split(" ");
    const who = 'User "system:serviceaccount:gpu-health:node-agent"';
    throw new Refusal(403, "Forbidden", `${resource} is forbidden: ${who} cannot ${verb} resource "${resource}"`);
  }

  private store(node: FakeNode): FakeNode {
    const stored = { ...node, metadata: { ...node.metadata, resourceVersion: String(this.version++) } };
    this.nodes.set(node.metadata.name, stored);
    return stored;
  }
}

/** A strategic merge patch of the status: conditions are merged by type, and nothing but the status changes. */
function withStatus(node: FakeNode, body: string): FakeNode {
  const patch = JSON.parse(body) as { status: { conditions: Mapping[] } };
  const conditions = [...(node.status.conditions ?? [])];
  for (const condition of patch.status.conditions) {
    const index = conditions.findIndex(({ type }) => type === condition.type);
    if (index === -1) conditions.push(condition);
    else conditions[index] = { ...conditions[index], ...condition };
  }
  return { ...node, status: { ...node.status, conditions } };
}

/** A JSON patch (RFC 6902) of everything but the status. */
function patched(node: FakeNode, contentType: string | undefined, body: string): FakeNode {
  if (contentType !== "application/json-patch+json") {
    throw new Refusal(415, "UnsupportedMediaType", `the body of the request was in an unknown format - ${contentType}`);
  }
  const copy = structuredClone(node);
  for (const step of JSON.parse(body) as { op: string; path: string; value?: unknown }[]) apply(copy, step);
  return { ...copy, status: node.status };
}

function apply(target: Mapping, { op, path, value }: { op: string; path: string; value?: unknown }): void {
  const keys = path
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop() ?? "";
  const parent = keys.reduce<unknown>((at, key) => (at as Mapping | undefined)?.[key], target) as Mapping | undefined;
  const fail = (why: string) => new Refusal(422, "Invalid", `the server rejected our request due to an error: ${why}`);
  if (op === "test") {
    const present = parent?.[last] ?? null;
    if (JSON.stringify(present) !== JSON.stringify(value)) throw fail(`testing value ${path} failed`);
    return;
  }
  if (parent === undefined) throw fail(`${op} operation does not apply: doc is missing path: ${path}`);
  if (op === "add" && Array.isArray(parent)) parent.push(value);
  else if (op === "add" || op === "replace") parent[last] = value;
  else if (op === "remove" && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (op === "remove" && last in parent) delete parent[last];
  else throw fail(`Unable to remove nonexistent key: ${last}`);
}
