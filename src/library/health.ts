import type { ServerInterceptor } from "@grpc/grpc-js";
import type { Component } from "../core/registry.js";
import type { ReloadOutcome } from "../core/reload.js";
import type { Report } from "../core/report.js";
import type { Verdict } from "../core/status.js";
import type { ApplicationLoad } from "../outputs/grpc/load-report.js";
import type { ServiceHost } from "../outputs/grpc/mount.js";
import type { Router, RouterOptions } from "../outputs/http/router.js";
import type { Addresses } from "../runtime/server.js";
import type { ConfigurationInput } from "./configuration-input.js";
import type { HealthEvents } from "./events.js";

export type { ApplicationLoad };

/** What a component is set to by hand, beside its status. */
export interface StatusOptions {
  /** One sentence for people; by default it says that the status was set. */
  readonly message?: string;
  /** Unless the status is set again within this time, in milliseconds, the component is unhealthy: `report_expired`. */
  readonly ttlMs?: number;
}

/** Health of this process and of what it depends on, at work from `createHealth` until `close`. */
export interface Health {
  /** Where the listeners of the configuration listen; empty lists where there are none. */
  readonly addresses: Addresses;

  /** The component of this name as it is now: a look into a map. Undefined where there is none. */
  get(component: string): Component | undefined;

  /** Every component: built-in ones, configured ones, those set by hand, and one for each GPU. */
  list(): readonly Component[];

  /**
   * Sets a component by hand, at once: it is made where there is none of this name. Readiness does not depend on it;
   * for that, configure a check.
   *
   * @param reason - `snake_case`, for machines: `loading_model`. `ok` or `set_unhealthy` and the like by default.
   * @throws Error where the name, the status, the reason or the time is none, where the name is built in or decided by
   * checks, and for a 501st component.
   */
  setStatus(component: string, status: Verdict, reason?: string, options?: StatusOptions): void;

  /** Forgets a component that was set by hand. False where none was. */
  clearStatus(component: string): boolean;

  /**
   * Hands a report to a check of type `heartbeat`; by default that all is well.
   *
   * @throws Error where there is no such check, or the report has what `PUT /admin/heartbeats` would refuse: docs/push.md.
   */
  heartbeat(check: string, report?: Partial<Report>): void;

  /** Turns traffic away until `undrain`: readiness and all components are NOT_SERVING, liveness stays. */
  drain(message?: string): void;

  /** Ends a drain. */
  undrain(): void;

  /**
   * Calls `listener` on each event of this name, after the change. Gives a function that ends it. What the listener
   * throws becomes an uncaught exception, as in a timer.
   */
  on<Name extends keyof HealthEvents>(event: Name, listener: (event: HealthEvents[Name]) => void): () => void;

  /**
   * Adds `grpc.health.v1.Health` to a server of `@grpc/grpc-js`, to be called before it starts, as often as there are
   * servers. With `interceptor` among the server's interceptors calls cost less.
   */
  addToServer(server: ServiceHost): void;

  /**
   * Answers the methods of the health service before grpc-js makes the streams of a handler:
   * `new Server({ interceptors: [health.interceptor] })`, and `addToServer` all the same, since grpc-js looks for a
   * handler first. Interceptors after this one in the list do not see those calls, ones before it do.
   */
  readonly interceptor: ServerInterceptor;

  /**
   * Streams load reports on a server of `@grpc/grpc-js`, so that weighted round robin prefers the idle GPU. Of a report
   * what `application` says comes first: it is called for each, and best knows `requestsPerSecond`, without which clients
   * give every server the same share. See docs/load-balancing.md.
   */
  addLoadReports(server: ServiceHost, application?: () => ApplicationLoad): void;

  /** Adds server reflection that describes the health service and load reports, for grpcurl and the like. */
  addReflection(server: ServiceHost): void;

  /**
   * The probes (`/livez`, `/readyz`, `/startupz`), the report (`/health`), the page (`/`) and `/metrics` for an HTTP
   * server: a listener for `node:http`, middleware for Express and its like.
   */
  router(options?: RouterOptions): Router;

  /** The metrics for Prometheus, and the `Content-Type` to send with them. */
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;

  /**
   * Puts a configuration in force, or reads the one in force again. With errors nothing changes. Names the options whose
   * change waits for a new start, such as `gpu.interval`. Several at once are taken one after the other. Of files only
   * the one of the start is watched for changes.
   */
  reload(config?: string | ConfigurationInput): Promise<ReloadOutcome>;

  /**
   * Tells every watcher NOT_SERVING, ends Watch streams, listeners, checks and samplers, and takes the metrics out of
   * the host's registry. Requests in flight on listeners of its own have `deadlineMs` to end, 1000 by default. Servers
   * that it was added to stay as they are and answer NOT_SERVING. Calling it again waits for the first call.
   */
  close(deadlineMs?: number): Promise<void>;

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
