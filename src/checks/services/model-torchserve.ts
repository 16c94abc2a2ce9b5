import { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { isSuccess } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import {
  type Addresses,
  below,
  type ModelServer,
  type ModelState,
  modelNotLoaded,
  type Wanted,
} from "./model-server.js";

const described = z
  .array(
    z.object({
      modelName: z.string(),
      modelVersion: z.string(),
      minWorkers: z.number().default(1),
      workers: z.array(z.object({ status: z.string() })).default([]),
      jobQueueStatus: z.object({ pendingRequests: z.number() }).optional(),
    }),
  )
  .min(1);

/** On the management port, 8081 by default. */
function managementUrl({ url, managementUrl }: Addresses): string {
  if (managementUrl !== undefined) return managementUrl;
  const management = new URL(url);
  management.port = "8081";
  return management.href;
}

/** At least one worker must be ready; with fewer than there should be, requests wait longer than they need to. */
function judgeWorkers([state]: z.output<typeof described>, where: string): ModelState {
  if (state === undefined) return {};
  const { modelName, modelVersion, minWorkers, workers, jobQueueStatus } = state;
  const readyCount = workers.filter(({ status }) => status === "READY").length;
  const shared = {
    metadata: { model: oneLine(modelName, 100), modelVersion: oneLine(modelVersion, 50), readyWorkers: readyCount },
    ...(jobQueueStatus === undefined ? {} : { waiting: jobQueueStatus.pendingRequests }),
  };
  if (readyCount >= Math.max(1, minWorkers)) return shared;
  const message = `${where}: ${readyCount} of ${Math.max(minWorkers, workers.length, 1)} workers of ${modelName} are ready`;
  const remedy = "see the log of TorchServe for why the workers ended, or scale them with its management API";
  return readyCount === 0
    ? { ...shared, problem: { status: "unhealthy", reason: "no_workers", message, remedy } }
    : { ...shared, problem: { status: "degraded", reason: "workers_missing", message, remedy } };
}

/** TorchServe: models with versions and workers, on three ports. */
export const torchserve: ModelServer = {
  title: "TorchServe",
  readyPath: "/ping",
  hasVersions: true,
  needsModel: true,
  metrics: {
    port: 8082,
    // Counts what was answered; ts_inference_requests_total counts what arrives.
    done: ["ts_inference_latency_microseconds"],
    running: [],
    waiting: [],
  },
  async look({ model, version }, addresses, get) {
    if (model === undefined) return {};
    const path = `/models/${encodeURIComponent(model)}${below("/", version)}`;
    const { where, response } = await get(urlBelow(managementUrl(addresses), path));
    const read = described.safeParse(response.json);
    if (isSuccess(response) && read.success) return judgeWorkers(read.data, where);
    return { problem: modelNotLoaded(`${where} answered ${response.status}: ${response.said}`) };
  },
  canaryPath: ({ model = "", version }: Wanted) => `/predictions/${encodeURIComponent(model)}${below("/", version)}`,
};
