import type { Asked } from "../common/http-api.js";
import type { Result } from "../result.js";

/** The model that must be loaded, as the configuration names it. */
export interface Wanted {
  readonly model?: string | undefined;
  readonly version?: string | undefined;
}

/** Where the parts of a server are. TorchServe and Triton have them on several ports. */
export interface Addresses {
  readonly url: string;
  readonly metricsUrl?: string | undefined;
  readonly managementUrl?: string | undefined;
}

/** GETs a URL of the server. */
export type Get = (url: URL) => Promise<Asked>;

/** A model that is not there as it should be; what is there has `metadata` only. */
export interface ModelState {
  readonly problem?: Pick<Result, "status" | "reason" | "message" | "remedy">;
  /** Version of the server, of the model … for the report. */
  readonly metadata?: NonNullable<Result["metadata"]>;
  /** Requests that wait, where the server tells it beside its metrics. */
  readonly waiting?: number;
}

/** The smallest inference. */
export interface CanaryRequest {
  readonly url: URL;
  /** Sent as JSON, with POST; undefined: GET. */
  readonly body: unknown;
  /** What is wrong with the answer, as the end of a sentence; undefined: nothing. */
  verify(json: unknown): string | undefined;
}

/** The counters and gauges by which a server shows that it works: names of its Prometheus metrics. */
export interface WorkMetrics {
  /** Port and path, where they are not the server's own port and `/metrics`. */
  readonly port?: number;
  /** Counters that grow while requests are worked on or done, and never by a request that only arrives. */
  readonly done: readonly string[];
  /** Gauges of requests in work. */
  readonly running: readonly string[];
  /** Gauges of requests in the queue. */
  readonly waiting: readonly string[];
}

/** What is particular to one kind of model server. */
export interface ModelServer {
  /** How messages name it. */
  readonly title: string;
  /** Answers 2xx once the server can take requests. */
  readonly readyPath: string;
  readonly metrics: WorkMetrics;
  /** Whether versions of a model can be told apart. */
  readonly hasVersions: boolean;
  /** Whether it has many models side by side, so that an inference must say for which it is. */
  readonly needsModel: boolean;
  /**
   * Whether the model is loaded, and what the server says of itself.
   *
   * @throws CheckError where the server cannot be asked.
   */
  look(wanted: Wanted, addresses: Addresses, get: Get): Promise<ModelState>;
  /**
   * The canary where the configuration gives none; undefined: there is none that fits every model.
   *
   * @throws CheckError `canary_impossible`, and where the server cannot be asked.
   */
  canary?(wanted: Wanted, addresses: Addresses, get: Get): Promise<CanaryRequest>;
  /** Where a canary with a body of one's own goes. */
  canaryPath(wanted: Wanted): string;
}

export const modelNotLoaded = (message: string): NonNullable<ModelState["problem"]> => ({
  status: "unhealthy",
  reason: "model_not_loaded",
  message,
  remedy: "see the log of the server for why the model was not loaded, and whether `model` has the name that it serves",
});

/** `/versions/3` where a version is named. */
export const below = (prefix: string, version: string | undefined): string =>
  version === undefined ? "" : `${prefix}${encodeURIComponent(version)}`;
