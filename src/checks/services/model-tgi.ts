import { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { isSuccess } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import { type ModelServer, modelNotLoaded } from "./model-server.js";

const info = z.object({ model_id: z.string(), model_sha: z.string().nullish(), version: z.string().optional() });
const generated = z.object({ generated_text: z.string() });

/** Text Generation Inference: one model a server. */
export const tgi: ModelServer = {
  title: "TGI",
  readyPath: "/health",
  hasVersions: true,
  needsModel: false,
  metrics: {
    done: ["tgi_batch_inference_success", "tgi_request_success"],
    running: ["tgi_batch_current_size"],
    waiting: ["tgi_queue_size"],
  },
  async look({ model, version }, { url }, get) {
    const { where, response } = await get(urlBelow(url, "/info"));
    const read = info.safeParse(response.json);
    if (!isSuccess(response) || !read.success) {
      return { problem: modelNotLoaded(`${where} answered ${response.status} and no model: ${response.said}`) };
    }
    const { model_id: id, model_sha: sha, version: serverVersion } = read.data;
    const metadata = {
      model: oneLine(id, 100),
      ...(sha ? { modelVersion: oneLine(sha, 100) } : {}),
      ...(serverVersion === undefined ? {} : { serverVersion: oneLine(serverVersion, 50) }),
    };
    const isOther = (model !== undefined && model !== id) || (version !== undefined && version !== sha);
    if (!isOther) return { metadata };
    const found = sha ? `${metadata.model} (${sha})` : metadata.model;
    const wanted = version === undefined ? model : `${model ?? id} (${version})`;
    return { metadata, problem: modelNotLoaded(`${where} serves ${found}, ${wanted} expected`) };
  },
  canary: async (_wanted, { url }) => ({
    url: urlBelow(url, "/generate"),
    body: { inputs: "1", parameters: { max_new_tokens: 1 } },
    verify: (json) => (generated.safeParse(json).success ? undefined : "what is no generated text"),
  }),
  canaryPath: () => "/generate",
};
