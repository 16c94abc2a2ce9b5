import type { Clock } from "../../../core/clock.js";
import { jsonResponse, noStore } from "../json.js";
import type { LiveFeed } from "./live-feed.js";

export interface StreamLimits {
  /** Streams at a time. */
  readonly maxStreams: number;
  /** Of events that one viewer has not taken yet; past it the viewer is told nothing until it has. */
  readonly maxQueuedBytes: number;
  /** A viewer that takes nothing for this long is cut off. */
  readonly maxBehindMs: number;
  /** Then a stream ends and the viewer opens another, so that a token or a certificate that was taken back ends it too. */
  readonly maxAgeMs: number;
}

const streamLimits: StreamLimits = {
  maxStreams: 32,
  maxQueuedBytes: 256 * 1024,
  maxBehindMs: 15_000,
  maxAgeMs: 3_600_000,
};

export const streamHeaders = {
  ...noStore,
  "content-type": "text/event-stream; charset=utf-8",
  // Otherwise nginx, as the best known of proxies, keeps events until it has a buffer full of them.
  "x-accel-buffering": "no",
} as const;

/** The open streams of events, each of which keeps at most a bounded part of what its viewer does not read. */
export class LiveStreams {
  private readonly open = new Set<() => void>();
  private areEnded = false;

  constructor(
    private readonly feed: LiveFeed,
    private readonly clock: Clock,
    private readonly limits: StreamLimits = streamLimits,
  ) {}

  /** The answer to one more viewer. */
  response(): Response {
    if (this.areEnded) return jsonResponse(503, { error: "this server is shutting down" });
    if (this.open.size >= this.limits.maxStreams) {
      const error = `${this.open.size} viewers are connected, which is as many as there may be; close a page`;
      return jsonResponse(503, { error }, { "retry-after": "10" });
    }
    return new Response(this.stream(), { headers: streamHeaders });
  }

  /** Ends every stream, and opens no more: a server that stops must not wait for viewers. */
  end(): void {
    this.areEnded = true;
    for (const end of this.open) end();
  }

  private stream(): ReadableStream<Uint8Array> {
    const { feed, clock, limits } = this;
    let behindSinceMs: number | undefined;
    let close = (): void => {};
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const viewer = (events: Uint8Array): void => {
            if (behindSinceMs === undefined && (controller.desiredSize ?? 0) > 0) {
              controller.enqueue(events);
              return;
            }
            behindSinceMs ??= clock.nowMs();
            if (clock.nowMs() - behindSinceMs <= limits.maxBehindMs) return;
            close();
            controller.error(new Error("the viewer takes nothing"));
          };
          const leave = feed.add(viewer);
          const cancelAge = clock.schedule(limits.maxAgeMs, () => end());
          close = () => {
            leave();
            cancelAge();
            this.open.delete(end);
          };
          const end = (): void => {
            close();
            controller.close();
          };
          this.open.add(end);
        },
        pull: (controller) => {
          if (behindSinceMs === undefined) return;
          feed.begin((events) => controller.enqueue(events));
          behindSinceMs = undefined;
        },
        cancel: () => close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: limits.maxQueuedBytes }),
    );
  }
}
