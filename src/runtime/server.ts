import { hostname } from "node:os";
import { catalogue } from "../checks/catalogue.js";
import type { AnyCheckType } from "../checks/check-type.js";
import type { NodeOptions } from "../cli/serve.js";
import type { Configuration, DrainConfiguration } from "../config/configuration.js";
import { systemClock } from "../core/clock.js";
import { EventLoopDelays } from "../core/event-loop-delays.js";
import { ProbeCounts } from "../core/probe-counts.js";
import type { ReloadOutcome } from "../core/reload.js";
import { FaultCatalogue } from "../gpu/faults/catalogue.js";
import { type OpenGpus, openGpus } from "../gpu/open.js";
import type { Simulator } from "../gpu/simulator.js";
import type { Alerts } from "../outputs/alerts/alerts.js";
import { HealthMethods } from "../outputs/grpc/health-methods.js";
import { type ApplicationLoad, type LoadReportSettings, loadReportOf } from "../outputs/grpc/load-report.js";
import { LoadReportStreams } from "../outputs/grpc/load-report-streams.js";
import { createGrpcServer, type GrpcServer } from "../outputs/grpc/server.js";
import { createAdminServer } from "../outputs/http/admin-server.js";
import { createHttpEndpoints, createHttpServer, type HttpEndpoints } from "../outputs/http/http-server.js";
import type { Listener } from "../outputs/http/listener.js";
import type { NodeAgent } from "../outputs/kubernetes/agent.js";
import type { Logger } from "../outputs/log/logger.js";
import { logTransitions } from "../outputs/log/transitions.js";
import { createMetrics, type HostRegistry, type Metrics, type MetricsOptions } from "../outputs/metrics/metrics.js";
import type { SystemdEnvironment } from "../outputs/systemd/environment.js";
import type { Notifier } from "../outputs/systemd/notifier.js";
import { adminActions } from "./admin-actions.js";
import { createAlerts } from "./alerts.js";
import { logFaults } from "./fault-log.js";
import { type FileSignature, FileWatch, fileSignature } from "./file-watch.js";
import { logLibrary } from "./library-log.js";
import { logListeners } from "./listener-log.js";
import { Monitor } from "./monitor.js";
import { createNodeAgent } from "./node-agent.js";
import { loadPageAssets } from "./page-assets.js";
import { type ReloadCause, Reloader } from "./reload.js";
import { logRequests } from "./request-log.js";
import { requireGpus, requireLibrary } from "./required-gpus.js";
import type { ServeConfiguration } from "./serve-configuration.js";
import { Supervisors } from "./supervise.js";
import { openNotifier } from "./systemd.js";
import { requireTokens, tokenReader } from "./tokens.js";
import { version } from "./version.js";

export interface ServerOptions {
  readonly configuration: Configuration;
  /** The catalogue's by default. */
  readonly checkTypes?: readonly AnyCheckType[];
  readonly logger: Logger;
  /** Set when the GPUs are simulated by us: then drills are possible. */
  readonly simulator?: Simulator | undefined;
  /** The configuration's file, and how it was when it was read: undefined where it can be read only once. */
  readonly file?: { readonly path: string; readonly signature: FileSignature | undefined } | undefined;
  /** Reads the configuration anew, for a reload; gives its errors, one line each. */
  readonly read: () => Promise<ServeConfiguration>;
  /** Errors that nobody caught, since the start. */
  readonly unexpectedErrors: () => number;
  /** What systemd says and wants to hear. */
  readonly systemd: SystemdEnvironment;
  /** Where the metrics go beside the server's own; undefined: nowhere. */
  readonly hostRegistry?: HostRegistry | undefined;
  /** The Kubernetes node whose condition is written; undefined: none. */
  readonly node?: NodeOptions | undefined;
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
  readonly monitor: Monitor;
  /** What answers the health service, also on servers of others. */
  readonly methods: HealthMethods;
  /** What answers HTTP requests, also on servers of others. */
  readonly endpoints: HttpEndpoints;
  private readonly alerts: Alerts;
  private readonly supervisors: Supervisors;
  private readonly nodeAgent: NodeAgent | undefined;
  readonly metrics: Metrics;
  private readonly grpc: GrpcServer;
  private readonly http: Listener;
  private readonly admin: Listener;
  private readonly reloader: Reloader;
  private readonly watch: FileWatch | undefined;
  private readonly notifier: Notifier;
  private readonly loadReports: LoadReportStreams[] = [];
  private endLibraryLog = (): void => {};

  constructor(private readonly options: ServerOptions) {
    const { configuration, checkTypes = catalogue, logger, simulator } = options;
    const { grpc, http, admin, gpu } = configuration;
    const clock = systemClock;
    const eventLoop = new EventLoopDelays(clock);
    const startedAtWallMs = clock.wallMs();
    const library = simulator?.libraryPath ?? gpu.library;
    this.gpus = openGpus({ ...gpu, library });
    const { source, tracker } = this.gpus;
    this.monitor = new Monitor({
      configuration,
      checkTypes,
      context: { clock, eventLoop, gpus: source, gpuStallAfterMs: gpu.stallAfterMs },
      onRun: (run) => this.metrics.observeRun(run),
    });
    const { registry } = this.monitor;
    this.supervisors = new Supervisors(configuration.supervise, { registry, clock, logger });
    this.monitor.supervise(this.supervisors.all);
    const { file, read } = options;
    this.reloader = new Reloader({
      configuration,
      file: file?.path,
      read,
      apply: (next) => this.apply(next),
      clock,
      logger,
    });
    this.watch =
      file?.signature === undefined
        ? undefined
        : new FileWatch({
            clock,
            seen: file.signature,
            look: () => fileSignature(file.path),
            changed: () => void this.reload("file"),
          });
    this.alerts = createAlerts(configuration.alerts, { registry, clock, logger });
    const alertDeliveries = () => this.alerts.deliveries();
    this.notifier = openNotifier(options.systemd, { registry, clock, logger });
    const simulated = () => isSimulated(source.library());
    this.nodeAgent = options.node && createNodeAgent(options.node, { registry, clock, logger, simulated });
    const probeCounts = new ProbeCounts();
    const requestLog = logRequests(logger, clock);
    const metrics: MetricsOptions = {
      registry,
      probeCounts,
      clock,
      eventLoop,
      readingDeclarations: Object.fromEntries(checkTypes.map(({ type, readings }) => [type, readings])),
      version,
      hostname: hostname(),
      dcgmNames: configuration.metrics.dcgmNames,
      simulated,
      watchers: () => registry.watcherCount,
      listeners: () => [this.grpc, this.http, this.admin].flatMap((server) => server.listenerStates()),
      droppedLogLines: () => logger.droppedLines(),
      configuration: () => this.reloader.state,
      alertDeliveries,
      supervised: () => this.supervisors.counts(),
      nodeReporting: () => this.nodeAgent?.state,
      unexpectedErrors: options.unexpectedErrors,
      hostRegistry: options.hostRegistry,
    };
    try {
      this.metrics = createMetrics(metrics);
    } catch (error) {
      // Two check types of a host may want one metric. Nobody could end the samplers of a server that was not made.
      this.gpus.stop();
      throw error;
    }
    const access = { clock, onListenerEvent: logListeners(logger, clock) };
    this.methods = new HealthMethods({ source: registry, probeCounts, maxWatchers: grpc.maxWatchers });
    const loadReports = grpc.loadReports && this.createLoadReports();
    this.grpc = createGrpcServer({ ...grpc, ...access, methods: this.methods, loadReports });
    this.endpoints = createHttpEndpoints({
      registry,
      probeCounts,
      metricsText: () => this.metrics.text(),
      details: http.details && { ...http.details, readToken: tokenReader(http.details.token) },
      report: {
        clock,
        version,
        hostname: hostname(),
        startedAtWallMs,
        gpuLibrary: () => source.library(),
        configuration: () => this.reloader.state,
        alertDeliveries,
      },
      pageAssets: loadPageAssets,
      onError: requestLog.failed,
    });
    this.http = createHttpServer(this.endpoints, { ...http, ...access, onError: requestLog.failed });
    this.admin = createAdminServer({
      ...admin,
      ...access,
      readToken: tokenReader(admin.token),
      registry,
      ...adminActions({ monitor: this.monitor, simulator, tracker, reloader: this, logger, nodeAgent: this.nodeAgent }),
      onError: requestLog.failed,
      onRequest: requestLog.answered,
    });
    logTransitions(registry, logger, clock);
    if (tracker !== undefined) logFaults(tracker, logger, clock);
  }

  /** Listens on every address, or rejects with the reason and leaves nothing behind. */
  async start(): Promise<Addresses> {
    const { gpu } = this.options.configuration;
    const { source } = this.gpus;
    try {
      this.metrics.start();
      await requireTokens(this.options.configuration);
      const isRequired = gpu.mode === "required";
      const { nodeAgent } = this;
      if (isRequired && nodeAgent === undefined) await requireGpus(source, systemClock, gpu.stallAfterMs);
      this.endLibraryLog = logLibrary(source, this.options.logger);
      this.monitor.start();
      this.alerts.start();
      const addresses = {
        grpc: await this.grpc.start(),
        http: await this.http.start(),
        admin: await this.admin.start(),
      };
      await this.supervisors.start();
      nodeAgent?.start();
      if (isRequired && nodeAgent !== undefined) {
        await requireLibrary(source, systemClock, gpu.stallAfterMs, () => nodeAgent.told(lastConditionMs));
      }
      this.watchFile(this.options.configuration);
      this.notifier.ready();
      return addresses;
    } catch (error) {
      await this.close(0);
      throw error;
    }
  }

  /** How to end, by the configuration that runs. */
  get drain(): DrainConfiguration {
    return this.reloader.configuration.drain;
  }

  /** Reads the configuration again and takes it, once it has started and until it turns traffic away. */
  reload(cause: ReloadCause, traceId?: string): Promise<ReloadOutcome> {
    return this.notifier.duringReload(() => this.reloader.reload(cause, traceId));
  }

  /** Load reports for a server, which end with this one. `application` says what it knows of its own load. */
  createLoadReports(application?: () => ApplicationLoad): LoadReportStreams {
    const { loadReports = defaultLoadReports, maxWatchers } = this.options.configuration.grpc;
    const { registry } = this.monitor;
    const report = () => loadReportOf(registry.checks(), loadReports, application?.());
    const streams = new LoadReportStreams({ report, maxStreams: maxWatchers, clock: systemClock });
    this.loadReports.push(streams);
    return streams;
  }

  private apply(next: Configuration): void {
    this.monitor.reconfigure(next);
    this.alerts.reconfigure(next.alerts);
    const { detection, faults } = next.gpu;
    this.gpus.tracker?.configure({ catalogue: new FaultCatalogue(faults), limits: detection });
    this.options.logger.setLevel(next.log.level);
    this.watchFile(next);
  }

  private watchFile({ reload }: Configuration): void {
    this.watch?.every(reload.watch ? reload.intervalMs : undefined);
  }

  /** Every name is NOT_SERVING from now on, and every watcher is told. */
  turnAway(message: string): void {
    this.endReloads();
    this.supervisors.stop();
    void this.nodeAgent?.stop();
    this.monitor.registry.shutdown(message);
    this.notifier.stopping();
  }

  /**
   * Ends streams, listeners, checks and samplers; requests in flight have `deadlineMs` to end. Gives how many sampler
   * threads were left behind in an NVML call that does not return.
   */
  async close(deadlineMs: number): Promise<number> {
    this.endLibraryLog();
    this.endReloads();
    this.methods.endStreams();
    for (const each of this.loadReports) each.end();
    const servers = [this.grpc, this.http, this.admin];
    const alerted = this.alerts.stop(Math.min(deadlineMs, lastAlertsMs));
    const ended = this.supervisors.end(deadlineMs);
    await Promise.all([
      this.monitor.stop(),
      this.nodeAgent?.stop(),
      alerted,
      ended,
      ...servers.map((server) => server.stop(deadlineMs)),
    ]);
    this.metrics.stop();
    this.notifier.stop();
    return this.gpus.stop();
  }

  /** Ends supervised programs at once, for a process that is about to exit. */
  killPrograms(): void {
    this.supervisors.kill();
  }

  /** Passes a signal on to supervised programs. */
  signalPrograms(signal: NodeJS.Signals): void {
    this.supervisors.signal(signal);
  }

  private endReloads(): void {
    this.watch?.stop();
    this.reloader.close();
  }
}

/** Of a server of others, for which nothing need be configured. */
const defaultLoadReports: LoadReportSettings = { utilization: "mean" };

/** A server that ends for want of a library has this long to write that to the node's condition. */
const lastConditionMs = 10_000;

/** What is queued has this long to be sent when the server stops. */
const lastAlertsMs = 3000;

const isSimulated = (library: ReturnType<OpenGpus["source"]["library"]>): boolean =>
  library.phase === "ready" && library.simulated;
