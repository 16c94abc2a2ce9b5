import type { HttpOptions } from "./http-app.js";
import { type AccessOptions, createListener, type Listener } from "./listener.js";
import { LiveFeed } from "./live/live-feed.js";
import { LiveStreams } from "./live/streams.js";

/** The endpoints for probes, people and Prometheus, on the addresses of `listen`. */
export function createHttpServer(options: HttpOptions & AccessOptions): Listener {
  const feed = new LiveFeed(options.registry, options.report);
  const streams = new LiveStreams(feed, options.clock);
  const listener = createListener({
    ...options,
    server: "http",
    async load() {
      const { createHttpApp } = await import("./http-app.js");
      const app = createHttpApp(options, feed, streams);
      return (request, peer) => app.fetch(request, { peer });
    },
  });
  return {
    ...listener,
    async stop(deadlineMs) {
      feed.stop();
      streams.end();
      await listener.stop(deadlineMs);
    },
  };
}
