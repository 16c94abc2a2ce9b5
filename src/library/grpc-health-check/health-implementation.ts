import { join } from "node:path";
import type { ServerInterceptor, ServiceDefinition } from "@grpc/grpc-js";
import { ProbeCounts } from "../../core/probe-counts.js";
import type { ServingStatus } from "../../core/status.js";
import { HealthMethods } from "../../outputs/grpc/health-methods.js";
import { addHealthService, type ServiceHost } from "../../outputs/grpc/mount.js";
import { protoDirectory } from "../../proto/directory.js";
import { healthService } from "../../proto/health.js";
import { StatusMap } from "./status-map.js";

export type { ServingStatus };

/** Statuses by the name of the service; the empty name is the server as a whole. */
export interface ServingStatusMap {
  [serviceName: string]: ServingStatus;
}

/** `grpc.health.v1.Health`, for servers and for `makeClientConstructor`. */
export const service: ServiceDefinition = {
  Check: { ...healthService.Check, originalName: "check" },
  Watch: { ...healthService.Watch, originalName: "watch" },
  List: { ...healthService.List, originalName: "list" },
};

/** The absolute path of `health.proto`. */
export const protoPath: string = join(protoDirectory, "grpc/health/v1/health.proto");

/** The same number as in the original. */
const mostListed = 100;

/**
 * `HealthImplementation` of the package `grpc-health-check` with the answers of this one: statuses that a program sets,
 * on a server of its own, and nothing else. A status that is set again is not sent again.
 */
export class HealthImplementation {
  private readonly statuses = new StatusMap();
  private readonly methods = new HealthMethods({
    source: this.statuses,
    probeCounts: new ProbeCounts(),
    maxWatchers: Infinity,
    mostListed,
  });

  constructor(initialStatusMap?: ServingStatusMap) {
    // The original takes null too.
    for (const [name, serving] of Object.entries(initialStatusMap ?? {})) this.statuses.set(name, serving);
  }

  /** Sets the status of a service, known or not, and tells all who watch it. */
  setStatus(service: string, status: ServingStatus): void {
    this.statuses.set(service, status);
  }

  /** Adds the health service to a server of `@grpc/grpc-js`, to be called before it starts. */
  addToServer(server: ServiceHost): void {
    addHealthService(server, this.methods);
  }

  /**
   * Answers before grpc-js makes the streams of a handler, which the original cannot:
   * `new Server({ interceptors: [health.interceptor] })`, and `addToServer` all the same.
   */
  get interceptor(): ServerInterceptor {
    return this.methods.interceptor;
  }
}
