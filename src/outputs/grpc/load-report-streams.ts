import { type ServerDuplexStream, type ServiceDefinition, status } from "@grpc/grpc-js";
import type { Clock } from "../../core/clock.js";
import {
  decodeLoadReportRequest,
  encodeLoadReport,
  type LoadReportRequest,
  type OrcaLoadReport,
  streamCoreMetricsPath,
} from "../../proto/orca.js";
import type { ServiceHost } from "./mount.js";
import { onOneRequest } from "./one-request.js";
import { statusDetails } from "./status-details.js";

type Stream = ServerDuplexStream<LoadReportRequest, OrcaLoadReport>;

export interface LoadReportStreamsOptions {
  /** The load now; asked for each report. */
  readonly report: () => OrcaLoadReport;
  /** Open streams at most; one more is answered RESOURCE_EXHAUSTED. */
  readonly maxStreams: number;
  readonly clock: Clock;
}

/** GPUs are sampled each second, so more frequent reports would repeat themselves. */
const shortestIntervalMs = 1000;
const longestIntervalMs = 3_600_000;

/** `xds.service.orca.v3.OpenRcaService`, out-of-band load reports: a client opens a stream and gets one each interval. */
export class LoadReportStreams {
  private readonly open = new Set<Stream>();
  private areEnded = false;

  constructor(private readonly options: LoadReportStreamsOptions) {}

  addTo(server: ServiceHost): void {
    server.addService(loadReportService, {
      StreamCoreMetrics: (stream: Stream) => onOneRequest(stream, (request) => this.serve(stream, request)),
    });
  }

  /** Ends every stream, and refuses new ones from now on. */
  end(): void {
    this.areEnded = true;
    for (const stream of this.open) stream.emit("error", shuttingDown);
  }

  private serve(stream: Stream, request: LoadReportRequest): void {
    const { clock, report } = this.options;
    const refusal = this.refusal();
    if (refusal !== undefined) {
      stream.emit("error", refusal);
      return;
    }
    const intervalMs = boundedIntervalMs(request.intervalMs);
    let cancel = (): void => {};
    let isWriting = false;
    const send = (): void => {
      cancel = clock.schedule(intervalMs, send);
      // For a client that does not read nothing is kept: once it does, it gets the report of then.
      if (isWriting) return;
      try {
        const load = report();
        isWriting = true;
        stream.write(load, () => {
          isWriting = false;
        });
      } catch (error) {
        stream.emit("error", notTold(error));
      }
    };
    const stop = (): void => {
      cancel();
      this.open.delete(stream);
    };
    stream.on("cancelled", stop).on("error", stop);
    this.open.add(stream);
    send();
  }

  private refusal(): { readonly code: status; readonly details: string } | undefined {
    if (this.areEnded) return shuttingDown;
    if (this.open.size < this.options.maxStreams) return undefined;
    const details = `${this.open.size} load report streams are open, as many as there may be`;
    return { code: status.RESOURCE_EXHAUSTED, details };
  }
}

/** Clients take it for a reason to come back later. */
const shuttingDown = { code: status.UNAVAILABLE, details: "this server is shutting down" } as const;

/** What the program says of its load is its own code, which may fail. */
const notTold = (error: unknown): { readonly code: status; readonly details: string } => ({
  code: status.INTERNAL,
  details: statusDetails(`the load could not be told: ${error instanceof Error ? error.message : String(error)}`),
});

/** Of the codec, a server needs its half only. */
const loadReportService = {
  StreamCoreMetrics: {
    path: streamCoreMetricsPath,
    // On the wire one request is a stream of one: see `onOneRequest`.
    requestStream: true,
    responseStream: true,
    requestDeserialize: decodeLoadReportRequest,
    responseSerialize: encodeLoadReport,
  },
} as unknown as ServiceDefinition;

function boundedIntervalMs(askedMs: number | undefined): number {
  return Math.min(Math.max(askedMs ?? shortestIntervalMs, shortestIntervalMs), longestIntervalMs);
}
