import type { Clock } from "../../core/clock.js";
import { retryAfterMs } from "../../core/retry.js";
import { eventNamespace } from "./event.js";
import { type NodeView, readNode } from "./node.js";
import type { PatchStep } from "./taint.js";

/** A request to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH";
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** How requests leave, with the credentials that are valid now. Rejects with a sentence without secrets. */
export type ApiTransport = (request: ApiRequest, signal: AbortSignal) => Promise<ApiAnswer>;

/** Why the API did not do what was asked. `status` is undefined where there was no answer, or none that can be read. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number | undefined,
    /** The API server asks to wait for so long. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** One request may take this long. API servers end one of theirs after a minute. */
const deadlineMs = 15_000;

/** The four calls that a node agent makes, all of them about its own node. */
export class NodeApi {
  constructor(
    private readonly nodeName: string,
    private readonly send: ApiTransport,
    private readonly clock: Clock,
  ) {}

  /** @throws ApiError, as all of these do. */
  get(signal: AbortSignal): Promise<NodeView> {
    return this.node({ method: "GET", path: this.nodePath }, signal);
  }

  patchStatus(patch: object, signal: AbortSignal): Promise<NodeView> {
    const path = `${this.nodePath}/status`;
    return this.node(patchOf(path, "application/strategic-merge-patch+json", patch), signal);
  }

  patchNode(steps: readonly PatchStep[], signal: AbortSignal): Promise<NodeView> {
    return this.node(patchOf(this.nodePath, "application/json-patch+json", steps), signal);
  }

  async createEvent(event: object, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify(event);
    await this.call({ method: "POST", path: eventsPath, contentType: "application/json", body }, signal);
  }

  async patchEvent(name: string, patch: object, signal: AbortSignal): Promise<void> {
    await this.call(patchOf(`${eventsPath}/${name}`, "application/merge-patch+json", patch), signal);
  }

  private get nodePath(): string {
    return `/api/v1/nodes/${encodeURIComponent(this.nodeName)}`;
  }

  private async node(request: ApiRequest, signal: AbortSignal): Promise<NodeView> {
    const answer = await this.call(request, signal);
    const node = readNode(parsed(answer.body));
    if (node === undefined) throw new ApiError(`${said(request, answer)}, which is no Node`, undefined);
    return node;
  }

  private async call(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    const abort = new AbortController();
    const cancel = this.clock.schedule(deadlineMs, () => abort.abort());
    const answer = await this.send(request, AbortSignal.any([signal, abort.signal]))
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw new ApiError(`${named(request)}: ${why}`, undefined);
      })
      .finally(cancel);
    const { status } = answer;
    if (status >= 200 && status < 300) return answer;
    throw new ApiError(said(request, answer), status, retryAfterMs(answer.retryAfter, this.clock.wallMs()));
  }
}

const eventsPath = `/api/v1/namespaces/${eventNamespace}/events`;

const patchOf = (path: string, contentType: string, patch: unknown): ApiRequest => ({
  method: "PATCH",
  path,
  contentType,
  body: JSON.stringify(patch),
});

const named = ({ method, path }: ApiRequest): string => `${method} ${path}`;

/** What the API server answered, and why, as its Status objects say it. */
function said(request: ApiRequest, { status, body }: ApiAnswer): string {
  const object = parsed(body);
  const message =
    typeof object === "object" && object !== null && "message" in object && typeof object.message === "string"
      ? object.message
      : "";
  const text = message.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  const why = text === "" ? "" : `: ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
  return `${named(request)} was answered ${status}${why}`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
