import { hostname } from "node:os";
import { catalogue } from "../checks/catalogue.js";
import type { Configuration } from "../config/configuration.js";
import { systemClock } from "../core/clock.js";
import { EventLoopDelays } from "../core/event-loop-delays.js";
import { ProbeCounts } from "../core/probe-counts.js";
import { type OpenGpus, openGpus } from "../gpu/open.js";
import type { Simulator } from "../gpu/simulator.js";
import { createGrpcServer, type GrpcServer } from "../outputs/grpc/server.js";
import { createAdminServer } from "../outputs/http/admin-server.js";
import { createHttpServer } from "../outputs/http/http-server.js";
import type { Listener } from "../outputs/http/listener.js";
import type { Logger } from "../outputs/log/logger.js";
import { logTransitions } from "../outputs/log/transitions.js";
import { createMetrics, type Metrics } from "../outputs/metrics/metrics.js";
import { adminActions } from "./admin-actions.js";
import { logFaults } from "./fault-log.js";
import { logLibrary } from "./library-log.js";
import { logListeners } from "./listener-log.js";
import { Monitor } from "./monitor.js";
import { requireGpus } from "./required-gpus.js";
import type { ServeConfiguration } from "./serve-configuration.js";
import { version } from "./version.js";

export interface ServerOptions {
  readonly configuration: Configuration;
  readonly logger: Logger;
  /** Set when the GPUs are simulated by us: then drills are possible. */
  readonly simulator?: Simulator | undefined;
  /** Reads the configuration anew, for a reload; gives its errors, one line each. */
  readonly read: () => Promise<ServeConfiguration>;
}

/** Where a server listens, each as `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. */
export interface Addresses {
  readonly grpc: readonly string[];
  readonly http: readonly string[];
  readonly admin: readonly string[];
}

/** One health server with everything in it: the only wiring. */
export class Server {
  private readonly gpus: OpenGpus;
  private readonly monitor: Monitor;
  private readonly metrics: Metrics;
  private readonly grpc: GrpcServer;
  private readonly http: Listener;
  private readonly admin: Listener;
  private endLibraryLog = (): void => {};

  constructor(private readonly options: ServerOptions) {
    const { configuration, logger, simulator } = options;
    const { grpc, http, admin, gpu } = configuration;
    const clock = systemClock;
    const eventLoop = new EventLoopDelays(clock);
    const startedAtWallMs = clock.wallMs();
    const library = simulator?.libraryPath ?? gpu.library;
    this.gpus = openGpus({ ...gpu, library });
    const { source, tracker } = this.gpus;
    this.monitor = new Monitor({
      configuration,
      context: { clock, eventLoop, gpus: source, gpuStallAfterMs: gpu.stallAfterMs },
      onRun: (run) => this.metrics.observeRun(run),
    });
    const { registry } = this.monitor;
    const probeCounts = new ProbeCounts();
    const onError = (error: unknown): void =>
      logger.error("request_failed", "a request failed in the server", { err: error });
    this.metrics = createMetrics({
      registry,
      probeCounts,
      clock,
      eventLoop,
      readingDeclarations: Object.fromEntries(catalogue.map(({ type, readings }) => [type, readings])),
      version,
      hostname: hostname(),
      dcgmNames: configuration.metrics.dcgmNames,
      simulated: () => isSimulated(source.library()),
      watchers: () => registry.watcherCount,
      listeners: () => [this.grpc, this.http, this.admin].flatMap((server) => server.listenerStates()),
      droppedLogLines: () => logger.droppedLines(),
    });
    const access = { clock, onListenerEvent: logListeners(logger, clock) };
    this.grpc = createGrpcServer({ ...grpc, ...access, registry, probeCounts });
    this.http = createHttpServer({
      ...http,
      ...access,
      registry,
      probeCounts,
      metricsText: () => this.metrics.text(),
      report: { clock, version, hostname: hostname(), startedAtWallMs, gpuLibrary: () => source.library() },
      onError,
    });
    this.admin = createAdminServer({
      ...admin,
      ...access,
      registry,
      ...adminActions({ monitor: this.monitor, simulator, tracker, configuration, read: options.read, logger }),
      onError,
    });
    logTransitions(registry, logger);
    if (tracker !== undefined) logFaults(tracker, logger);
  }

  /** Listens on every address, or rejects with the reason and leaves nothing behind. */
  async start(): Promise<Addresses> {
    const { gpu } = this.options.configuration;
    const { source } = this.gpus;
    try {
      if (gpu.mode === "required") await requireGpus(source, systemClock, gpu.stallAfterMs);
      this.endLibraryLog = logLibrary(source, this.options.logger);
      this.monitor.start();
      return {
        grpc: await this.grpc.start(),
        http: await this.http.start(),
        admin: await this.admin.start(),
      };
    } catch (error) {
      await this.close(0);
      throw error;
    }
  }

  /** Every name is NOT_SERVING from now on, and every watcher is told. */
  turnAway(message: string): void {
    this.monitor.registry.shutdown(message);
  }

  /**
   * Ends streams, listeners, checks and samplers; requests in flight have `deadlineMs` to end. Gives how many sampler
   * threads were left behind in an NVML call that does not return.
   */
  async close(deadlineMs: number): Promise<number> {
    this.endLibraryLog();
    this.grpc.endStreams();
    const servers = [this.grpc, this.http, this.admin];
    await Promise.all([this.monitor.stop(), ...servers.map((server) => server.stop(deadlineMs))]);
    this.metrics.stop();
    return this.gpus.stop();
  }
}

const isSimulated = (library: ReturnType<OpenGpus["source"]["library"]>): boolean =>
  library.phase === "ready" && library.simulated;
