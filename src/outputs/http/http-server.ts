import type { HttpOptions } from "./http-app.js";
import { type AccessOptions, createListener, type Fetch, type Listener, type ListenerOptions } from "./listener.js";
import { LiveFeed } from "./live/live-feed.js";
import { LiveStreams } from "./live/streams.js";

/** The endpoints for probes, people and Prometheus, wherever they are served. */
export interface HttpEndpoints {
  /** Gives what answers requests: loaded at the first call. */
  load(): Promise<Fetch>;
  /** Ends the streams of the live state. */
  stop(): void;
}

export function createHttpEndpoints(options: HttpOptions): HttpEndpoints {
  const feed = new LiveFeed(options.registry, options.report);
  const streams = new LiveStreams(feed, options.report.clock);
  let loading: Promise<Fetch> | undefined;
  const load = async (): Promise<Fetch> => {
    const { createHttpApp } = await import("./http-app.js");
    const app = createHttpApp(options, feed, streams);
    return (request, peer) => app.fetch(request, { peer });
  };
  return {
    load() {
      loading ??= load().catch((error: unknown) => {
        // What could not be loaded now may be later.
        loading = undefined;
        throw error;
      });
      return loading;
    },
    stop() {
      feed.stop();
      streams.end();
    },
  };
}

/** The endpoints on the addresses of `listen`, and their end when it stops. */
export function createHttpServer(
  endpoints: HttpEndpoints,
  access: AccessOptions & Pick<ListenerOptions, "onError">,
): Listener {
  const listener = createListener({ ...access, server: "http", load: endpoints.load });
  return {
    ...listener,
    async stop(deadlineMs) {
      endpoints.stop();
      await listener.stop(deadlineMs);
    },
  };
}
