import { type ClientReadableStream, type ClientUnaryCall, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { type Clock, longestTimerMs, wakefulClock } from "../core/clock.js";
import { type RetryDelays, retryDelayMs } from "../core/retry.js";
import { formatDuration } from "../core/units.js";
import type { HealthStatus, ListResponse, StatusResponse } from "../proto/health.js";
import { type ClientTls, type HealthStub, openChannel } from "./channel.js";
import { callFailure, connectFailure, systemError } from "./failure.js";
import { HealthClientError } from "./health-client-error.js";
import { newestOf } from "./newest.js";
import { pause } from "./pause.js";
import { parseTarget } from "./target.js";

/** How a server is asked; all of it may be left out. */
export interface HealthClientOptions {
  /** TLS; without it the connection is plaintext. `{}` trusts what the system trusts. */
  readonly tls?: ClientTls | undefined;
  /** Headers of every call, such as `{ authorization: "Bearer …" }` for a proxy in front of the server. */
  readonly metadata?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Limit for each answer, the connection included, in milliseconds: of a Watch, for the first one. Default: 5000. */
  readonly timeoutMs?: number | undefined;
  /** The longest wait before a Watch that ended, or a connection, is tried again, in milliseconds. Default: 10 000. */
  readonly longestRetryMs?: number | undefined;
  /**
   * A ping after this long without traffic, in milliseconds, so that a Watch learns that the server's machine is gone.
   * Default: 300 000, the least that gRPC servers in Go and C++ take without closing the connection; a gpu-health server
   * takes any.
   */
  readonly keepaliveMs?: number | undefined;
  /** Comes first in the `user-agent` header. */
  readonly userAgent?: string | undefined;
  /** Compress requests. */
  readonly gzip?: boolean | undefined;
}

/** What a Watch tells. */
export type HealthUpdate =
  /** The component's status now. */
  | { readonly kind: "status"; readonly status: HealthStatus }
  /** What was told last is no news any more: the stream ended. It is begun again after `retryInMs`. */
  | { readonly kind: "interrupted"; readonly error: HealthClientError; readonly retryInMs: number };

/**
 * Asks a server of `grpc.health.v1.Health` for its health, over one connection, which is made at the first call and again
 * where it is lost. Close it when it is no longer needed: an open connection keeps the process alive.
 *
 * ```ts
 * using client = new HealthClient("127.0.0.1:50051");
 * console.log(await client.check("gpu/0"));
 * ```
 */
export class HealthClient {
  /** The server, as messages name it. */
  readonly address: string;
  private readonly stub: HealthStub;
  private readonly metadata = new Metadata();
  private readonly timeoutMs: number;
  private readonly retryDelays: RetryDelays;
  private readonly closing = new AbortController();

  /**
   * @param address `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
   * @throws TypeError where the address cannot be read, or the certificates cannot be used.
   */
  constructor(
    address: string,
    options: HealthClientOptions = {},
    /** @internal */
    private readonly clock: Clock = wakefulClock,
  ) {
    const parsed = parseTarget(address);
    if (!parsed.ok) throw new TypeError(parsed.problem);
    const { timeoutMs = 5000, longestRetryMs = 10_000, keepaliveMs = 300_000, tls, userAgent, gzip = false } = options;
    this.address = parsed.target.address;
    this.timeoutMs = timeoutMs;
    this.retryDelays = { firstMs: Math.min(250, longestRetryMs), longestMs: longestRetryMs };
    for (const [name, values] of Object.entries(options.metadata ?? {})) {
      for (const value of [values].flat())
        this.metadata.add(name, name.toLowerCase().endsWith("-bin") ? Buffer.from(value) : value);
    }
    this.stub = openChannel(parsed.target, { tls, userAgent, gzip, keepaliveMs, reconnect: this.retryDelays });
  }

  /**
   * Waits until there is a connection, trying again and again.
   *
   * @throws HealthClientError `connection` where there is none within `timeoutMs`.
   */
  async connect(timeoutMs = this.timeoutMs): Promise<void> {
    const error = await new Promise<Error | undefined>((resolve) => {
      if (this.isClosed) resolve(undefined);
      else this.stub.waitForReady(Date.now() + Math.min(timeoutMs, longestTimerMs), resolve);
    });
    if (this.isClosed) throw this.closedError();
    if (error !== undefined) throw connectFailure(this.address, timeoutMs, await this.lastConnectionError());
  }

  /**
   * One Check: a component's status, of `""` that of all that traffic depends on.
   *
   * @throws HealthClientError `rpc` with NOT_FOUND where the server has no such component, and where there is no answer.
   */
  async check(service = "", timeoutMs = this.timeoutMs): Promise<HealthStatus> {
    const { status } = await this.call<StatusResponse>((callback) =>
      this.stub.Check({ service }, this.metadata, { deadline: Date.now() + timeoutMs }, callback),
    );
    return status;
  }

  /**
   * One List: the status of every component by name. Servers older than the List method answer UNIMPLEMENTED.
   *
   * @throws HealthClientError where there is no answer.
   */
  async list(): Promise<Readonly<Record<string, HealthStatus>>> {
    const { statuses } = await this.call<ListResponse>((callback) =>
      this.stub.List({}, this.metadata, { deadline: Date.now() + this.timeoutMs }, callback),
    );
    return Object.fromEntries(Object.entries(statuses).map(([name, { status }]) => [name, status]));
  }

  /**
   * A component's status now and at each change, until `signal` aborts or the client is closed, which ends the iteration,
   * or until the caller leaves the loop. Who is slow to ask for the next update gets the newest status, and not those
   * between. A component that the server does not have is SERVICE_UNKNOWN until it has. A stream that ends is begun again,
   * after a wait that doubles while nothing is heard.
   *
   * By the health checking protocol a server without Watch (UNIMPLEMENTED) is not asked again: the iteration throws.
   * gRPC's own client-side health checking takes such a server for healthy; here that is yours to say.
   *
   * @throws HealthClientError `rpc` with UNIMPLEMENTED.
   */
  async *watch(
    service = "",
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<HealthUpdate, void, undefined> {
    const end = AbortSignal.any([this.closing.signal, ...(signal === undefined ? [] : [signal])]);
    for (let failures = 0; !end.aborted; failures += 1) {
      const { heard, error } = yield* this.watchOnce(service, end);
      if (end.aborted) return;
      if (error.grpcStatus === "UNIMPLEMENTED") throw error;
      if (heard) failures = 0;
      const retryInMs = retryDelayMs(failures, this.retryDelays, Math.random());
      yield { kind: "interrupted", error, retryInMs };
      await pause(this.clock, retryInMs, end);
    }
  }

  /** Closes the connection. Watches in progress end, and calls fail, as do all later ones (CANCELLED). */
  close(): void {
    this.closing.abort();
    this.stub.close();
  }

  /** `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** One stream, to its end: whether it said anything, and how it ended. */
  private async *watchOnce(
    service: string,
    end: AbortSignal,
  ): AsyncGenerator<HealthUpdate, { heard: boolean; error: HealthClientError }, undefined> {
    const stream = this.stub.Watch({ service }, this.metadata);
    const cancel = (): void => stream.cancel();
    end.addEventListener("abort", cancel);
    const limit = this.limitFirstAnswer(stream);
    let heard = false;
    let told: HealthStatus | undefined;
    try {
      for await (const { status } of newestOf<StatusResponse>(stream, limit.cancel)) {
        if (end.aborted) break;
        heard = true;
        if (status !== told) yield { kind: "status", status };
        told = status;
      }
      const message = `${this.address} ended the stream of a Watch with OK, which it never should`;
      return { heard, error: new HealthClientError("rpc", message, "OK") };
    } catch (error) {
      return { heard, error: limit.error ?? callFailure(this.address, this.stub, error as ServiceError) };
    } finally {
      limit.cancel();
      end.removeEventListener("abort", cancel);
      stream.cancel();
    }
  }

  /** Ends a stream that says nothing, which a Watch, having no deadline, never does by itself. */
  private limitFirstAnswer(stream: ClientReadableStream<unknown>): FirstAnswerLimit {
    const limit: FirstAnswerLimit = {
      error: undefined,
      cancel: this.clock.schedule(this.timeoutMs, () => {
        const details = `no answer to a Watch within ${formatDuration(this.timeoutMs)}`;
        limit.error = callFailure(this.address, this.stub, { code: status.DEADLINE_EXCEEDED, details });
        stream.cancel();
      }),
    };
    return limit;
  }

  private get isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  private closedError(): HealthClientError {
    return new HealthClientError("rpc", `${this.address} was not asked to the end: its client is closed`, "CANCELLED");
  }

  private call<Response>(
    send: (callback: (error: ServiceError | null, response?: Response) => void) => ClientUnaryCall,
  ): Promise<Response> {
    if (this.isClosed) return Promise.reject(this.closedError());
    return new Promise((resolve, reject) => {
      const cancel = (): void => call.cancel();
      this.closing.signal.addEventListener("abort", cancel);
      const call = send((error, response) => {
        this.closing.signal.removeEventListener("abort", cancel);
        if (this.isClosed) reject(this.closedError());
        else if (error !== null) reject(callFailure(this.address, this.stub, error));
        else if (response === undefined) reject(new Error("grpc-js gave neither an error nor a response"));
        else resolve(response);
      });
    });
  }

  /** Why there is no connection, which `waitForReady` does not say but a call that does not wait does. */
  private lastConnectionError(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.stub.Check({}, { deadline: Date.now() + connectionErrorTimeoutMs }, (error) => {
        resolve(error?.code === status.UNAVAILABLE ? systemError(error.details) : undefined);
      });
    });
  }
}

interface FirstAnswerLimit {
  readonly cancel: () => void;
  /** Set when the limit was reached. */
  error: HealthClientError | undefined;
}

/** How long a call may take that is expected to fail at once with the last connection error. */
const connectionErrorTimeoutMs = 50;
