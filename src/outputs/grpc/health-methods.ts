import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import type { ProbeCounts } from "../../core/probe-counts.js";
import { healthService } from "../../proto/health.js";
import { checkMethod } from "./check.js";
import { listMethod } from "./list.js";
import type { StatusSource } from "./status-source.js";
import { UnaryCall } from "./unary.js";
import { WatchCall, WatchStreams } from "./watch.js";

export interface HealthMethodsOptions {
  readonly source: StatusSource;
  readonly probeCounts: ProbeCounts;
  /** Open Watch streams at most, over all servers; one more is answered RESOURCE_EXHAUSTED. */
  readonly maxWatchers: number;
  /** List is answered RESOURCE_EXHAUSTED where there are more; without a limit by default. */
  readonly mostListed?: number;
}

/** What answers `grpc.health.v1.Health` on as many servers as there are. */
export class HealthMethods {
  readonly check: ReturnType<typeof checkMethod>;
  readonly list: ReturnType<typeof listMethod>;
  readonly streams: WatchStreams;

  constructor({ source, probeCounts, maxWatchers, mostListed = Infinity }: HealthMethodsOptions) {
    this.check = checkMethod(source, probeCounts);
    this.list = listMethod(source, probeCounts, mostListed);
    this.streams = new WatchStreams(source, probeCounts, maxWatchers);
  }

  /** Answers calls of the health service before grpc-js would call a handler, and lets all others pass. */
  readonly interceptor: ServerInterceptor = (method, call) => {
    switch (method.path) {
      case healthService.Check.path:
        return new UnaryCall(call, this.check);
      case healthService.Watch.path:
        return new WatchCall(call, this.streams);
      case healthService.List.path:
        return new UnaryCall(call, this.list);
      default:
        return new ServerInterceptingCall(call);
    }
  };

  /** Tells every watcher the newest status, then ends its stream with UNAVAILABLE; new Watches get that at once. */
  endStreams(): void {
    this.streams.end();
  }
}
