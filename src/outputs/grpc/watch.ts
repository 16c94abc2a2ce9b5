import { type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import { maxComponentNameBytes } from "../../core/component.js";
import type { ProbeCounts } from "../../core/probe-counts.js";
import type { HealthCheckRequest__Output } from "../../proto/generated/grpc/health/v1/HealthCheckRequest.js";
import { type HealthStatus, statusResponses } from "../../proto/health.js";
import { DirectCall } from "./direct-call.js";
import { probeResults } from "./probe-results.js";
import type { StatusSource } from "./status-source.js";

/** The open Watch streams of one server. */
export class WatchStreams {
  private readonly open = new Set<WatchCall>();
  private areEnded = false;

  constructor(
    readonly source: StatusSource,
    readonly probeCounts: ProbeCounts,
    private readonly maxWatchers: number,
  ) {}

  /** Counts the stream in, or says why not. */
  admit(stream: WatchCall): { readonly code: status; readonly details: string } | undefined {
    if (this.areEnded) return shuttingDown;
    if (this.open.size >= this.maxWatchers) {
      const details = `${this.open.size} Watch streams are open, as many as grpc.maxWatchers allows; use Check instead`;
      return { code: status.RESOURCE_EXHAUSTED, details };
    }
    this.open.add(stream);
    return undefined;
  }

  remove(stream: WatchCall): void {
    this.open.delete(stream);
  }

  /** Ends every stream once its client has been told the newest status, and refuses new ones from now on. */
  end(): void {
    this.areEnded = true;
    for (const stream of this.open) stream.end();
  }
}

/**
 * How streams end on shutdown. Client-side health checking treats every end but UNIMPLEMENTED alike (transient failure,
 * then backoff), OK included; UNAVAILABLE also tells everyone else, and the message reaches the clients' logs.
 */
const shuttingDown = {
  code: status.UNAVAILABLE,
  details: "this health server is shutting down; watch another instance or try again later",
} as const;

/**
 * What a stream watches whose name is too long for any component: such names are not kept, since a client may hold
 * thousands of streams. It is itself too long, so nobody ever serves it.
 */
const unservable = "*".repeat(maxComponentNameBytes + 1);

/**
 * One Watch stream. It keeps no queue: when a write has been taken, it reads the registry again, so a client that stops
 * reading costs the same whatever happens meanwhile, and then learns of the newest status only.
 */
export class WatchCall extends DirectCall<HealthCheckRequest__Output> {
  private service = "";
  private sent: HealthStatus | undefined;
  private isWriting = false;
  private isEnding = false;
  private unwatch: (() => void) | undefined;

  constructor(
    call: ServerInterceptingCallInterface,
    private readonly streams: WatchStreams,
  ) {
    super(call);
  }

  /** Ends the stream after the newest status. */
  end(): void {
    this.isEnding = true;
    this.send();
  }

  protected override answer({ service }: HealthCheckRequest__Output): void {
    const { source, probeCounts } = this.streams;
    const refusal = this.streams.admit(this);
    if (refusal !== undefined) {
      probeCounts.add("grpc_watch", "refused");
      this.refuse(refusal.code, refusal.details);
      return;
    }
    const isTooLong = Buffer.byteLength(service) > maxComponentNameBytes;
    this.service = isTooLong && source.get(service) === undefined ? unservable : service;
    this.unwatch = source.watch(this.service, () => this.send());
    probeCounts.add("grpc_watch", probeResults[this.current()]);
    this.send();
  }

  protected override release(): void {
    this.unwatch?.();
    this.streams.remove(this);
  }

  private current(): HealthStatus {
    return this.streams.source.get(this.service)?.serving ?? "SERVICE_UNKNOWN";
  }

  private send(): void {
    if (this.isWriting) return;
    const current = this.current();
    if (current !== this.sent) {
      this.sent = current;
      this.isWriting = true;
      this.call.sendMessage(statusResponses[current], () => {
        this.isWriting = false;
        this.send();
      });
    } else if (this.isEnding) {
      this.refuse(shuttingDown.code, shuttingDown.details);
    }
  }
}
