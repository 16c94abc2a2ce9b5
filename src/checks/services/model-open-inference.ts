import { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { type Asked, isSuccess } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import { CheckError } from "../result.js";
import {
  type Addresses,
  below,
  type Get,
  type ModelServer,
  type ModelState,
  modelNotLoaded,
  type Wanted,
} from "./model-server.js";

/** Triton and KServe: the Open Inference Protocol, which KServe calls V2, over HTTP. */

const tensor = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.coerce.number().int()) });
const serverMetadata = z.object({ name: z.string(), version: z.string() }).partial();
const modelMetadata = z.object({ inputs: z.array(tensor), outputs: z.array(tensor).default([]) });
const inference = z.object({ outputs: z.array(tensor.extend({ data: z.unknown() })).min(1) });

async function look(wanted: Wanted, { url }: Addresses, get: Get): Promise<ModelState> {
  const [server, model] = await Promise.all([
    get(urlBelow(url, "/v2")),
    wanted.model === undefined ? undefined : get(urlBelow(url, `${modelPath(wanted)}/ready`)),
  ]);
  const { version } = serverMetadata.catch({}).parse(server.response.json);
  const metadata = version === undefined || version === "" ? {} : { serverVersion: oneLine(version, 50) };
  return model === undefined || isModelReady(model) ? { metadata } : { metadata, problem: notReady(model, wanted) };
}

const modelPath = ({ model = "", version }: Wanted): string =>
  `/v2/models/${encodeURIComponent(model)}${below("/versions/", version)}`;

/** The protocol says it with the status; KServe's own server with a body beside it. */
function isModelReady({ response }: Asked): boolean {
  const said = z.object({ ready: z.boolean() }).safeParse(response.json);
  return isSuccess(response) && (!said.success || said.data.ready);
}

function notReady({ where, response }: Asked, { model, version }: Wanted) {
  const name = version === undefined ? model : `${model} version ${version}`;
  const said = response.said === "" ? "" : `: ${response.said}`;
  return modelNotLoaded(`${where} answered ${response.status}, so model ${name} is not ready${said}`);
}

/** One element of each input: zeros and empty texts, in the shapes that the model's own metadata ask for. */
async function smallestInference(wanted: Wanted, { url }: Addresses, get: Get) {
  const { where, response } = await get(urlBelow(url, modelPath(wanted)));
  const read = modelMetadata.safeParse(response.json);
  if (!isSuccess(response) || !read.success) {
    throw new CheckError({
      reason: "canary_impossible",
      message: `${where} answered ${response.status} and no inputs of the model, so there is no canary to be made`,
      remedy: "give the request as `canary.body`",
    });
  }
  const { inputs, outputs } = read.data;
  const filled = inputs.map(({ name, datatype, shape }) => {
    const concrete = shape.map((size) => (size < 1 ? 1 : size));
    return { name, datatype, shape: concrete, data: Array(elements(concrete)).fill(zeroOf(datatype)) as unknown[] };
  });
  const names = outputs.map(({ name }) => name);
  return {
    url: urlBelow(url, `${modelPath(wanted)}/infer`),
    body: { inputs: filled },
    verify: (json: unknown) => unfit(json, names),
  };
}

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

function zeroOf(datatype: string): string | number | boolean {
  if (datatype === "BYTES") return "";
  return datatype === "BOOL" ? false : 0;
}

/** Whether the outputs that the model declares are there, and each has as many numbers as its shape says. */
function unfit(json: unknown, names: readonly string[]): string | undefined {
  const read = inference.safeParse(json);
  if (!read.success) return "what is no inference response";
  const missing = names.filter((name) => !read.data.outputs.some((output) => output.name === name));
  if (missing.length > 0) return `no output ${missing.join(", ")}`;
  for (const { name, shape, data } of read.data.outputs) {
    const found = Array.isArray(data) ? (data as unknown[]).flat(Number.POSITIVE_INFINITY) : [];
    if (found.length !== elements(shape))
      return `${found.length} values in output ${name} of shape [${shape.join(", ")}]`;
    if (found.some((value) => value === null)) return `values that are no numbers in output ${name}`;
  }
  return undefined;
}

const shared = {
  readyPath: "/v2/health/ready",
  hasVersions: true,
  needsModel: true,
  look,
  canary: smallestInference,
  canaryPath: (wanted: Wanted) => `${modelPath(wanted)}/infer`,
};

/** Metrics as Triton's user guide has them, on a port of their own. */
export const triton: ModelServer = {
  ...shared,
  title: "Triton",
  metrics: {
    port: 8002,
    done: ["nv_inference_request_success", "nv_inference_request_failure", "nv_inference_exec_count"],
    running: [],
    waiting: ["nv_inference_pending_request_count"],
  },
};

/** The protocol says nothing of metrics; these are those of KServe's own server and of MLServer. */
export const kserve: ModelServer = {
  ...shared,
  title: "KServe",
  metrics: {
    done: ["request_predict_seconds_count", "model_infer_request_success_total", "model_infer_request_failure_total"],
    running: [],
    waiting: [],
  },
};
