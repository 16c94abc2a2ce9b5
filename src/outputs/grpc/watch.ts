import { type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import { maxComponentNameBytes } from "../../core/component.js";
import type { ProbeCounts } from "../../core/probe-counts.js";
import type { ServingStatus } from "../../core/status.js";
import type { HealthCheckRequest__Output } from "../../proto/generated/grpc/health/v1/HealthCheckRequest.js";
import { type HealthStatus, type StatusResponse, statusResponses } from "../../proto/health.js";
import { DirectCall } from "./direct-call.js";
import { probeResults } from "./probe-results.js";
import type { StatusSource } from "./status-source.js";

/** Why a stream is ended. */
export interface Refusal {
  readonly code: status;
  readonly details: string;
}

/** The open Watch streams of one server. */
export class WatchStreams {
  private readonly open = new Set<WatchStream>();
  private areEnded = false;

  constructor(
    readonly source: StatusSource,
    readonly probeCounts: ProbeCounts,
    private readonly maxWatchers: number,
  ) {}

  /** Counts the stream in, or says why not. */
  admit(stream: WatchStream): Refusal | undefined {
    if (this.areEnded) return shuttingDown;
    if (this.open.size >= this.maxWatchers) {
      const details = `${this.open.size} Watch streams are open, as many as grpc.maxWatchers allows; use Check instead`;
      return { code: status.RESOURCE_EXHAUSTED, details };
    }
    this.open.add(stream);
    return undefined;
  }

  remove(stream: WatchStream): void {
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
 * One Watch stream. It keeps no queue: when a write has been taken, it looks at the newest status, so a client that stops
 * reading costs the same whatever happens meanwhile, and then learns of the newest status only.
 */
export abstract class WatchStream {
  private newest: HealthStatus = "SERVICE_UNKNOWN";
  private sent: HealthStatus | undefined;
  private isWriting = false;
  private isEnding = false;
  private unwatch: (() => void) | undefined;

  constructor(private readonly streams: WatchStreams) {}

  /** Writes a message, and calls `written` once it was taken. */
  protected abstract write(message: StatusResponse, written: () => void): void;

  /** Ends the stream with a status. */
  protected abstract finish(refusal: Refusal): void;

  /** Begins with the present status of `service`. */
  start(service: string): void {
    const { source, probeCounts } = this.streams;
    const refusal = this.streams.admit(this);
    if (refusal !== undefined) {
      probeCounts.add("grpc_watch", "refused");
      this.finish(refusal);
      return;
    }
    const known = source.get(service);
    const isTooLong = known === undefined && Buffer.byteLength(service) > maxComponentNameBytes;
    this.unwatch = source.watch(isTooLong ? unservable : service, (serving) => this.tell(serving));
    this.tell(known?.serving);
    probeCounts.add("grpc_watch", probeResults[this.newest]);
  }

  /** Ends the stream after the newest status. */
  end(): void {
    this.isEnding = true;
    this.send();
  }

  /** The stream has ended, for whatever reason. */
  release(): void {
    this.unwatch?.();
    this.streams.remove(this);
  }

  private tell(serving: ServingStatus | undefined): void {
    this.newest = serving ?? "SERVICE_UNKNOWN";
    this.send();
  }

  private send(): void {
    if (this.isWriting) return;
    if (this.newest !== this.sent) {
      this.sent = this.newest;
      this.isWriting = true;
      this.write(statusResponses[this.newest], () => {
        this.isWriting = false;
        this.send();
      });
    } else if (this.isEnding) {
      this.finish(shuttingDown);
    }
  }
}

/** A Watch that an interceptor answers. */
export class WatchCall extends DirectCall<HealthCheckRequest__Output> {
  private readonly stream: WatchStream;

  constructor(call: ServerInterceptingCallInterface, streams: WatchStreams) {
    super(call);
    this.stream = new CallStream(streams, call);
  }

  protected override answer({ service }: HealthCheckRequest__Output): void {
    this.stream.start(service);
  }

  protected override release(): void {
    this.stream.release();
  }
}

class CallStream extends WatchStream {
  constructor(
    streams: WatchStreams,
    private readonly call: ServerInterceptingCallInterface,
  ) {
    super(streams);
  }

  protected override write(message: StatusResponse, written: () => void): void {
    this.call.sendMessage(message, written);
  }

  protected override finish(refusal: Refusal): void {
    this.call.sendStatus(refusal);
  }
}
