import { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { type Asked, isSuccess } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import { modelList } from "./llm-api.js";
import {
  type Addresses,
  type CanaryRequest,
  type Get,
  type ModelServer,
  type ModelState,
  modelNotLoaded,
  type Wanted,
} from "./model-server.js";

/** vLLM and SGLang: servers of OpenAI's API with health endpoints of their own. */

const version = z.object({ version: z.string() });

async function look({ model }: Wanted, { url }: Addresses, get: Get): Promise<ModelState> {
  const [listed, told] = await Promise.all([get(urlBelow(url, "/v1/models")), get(urlBelow(url, "/version"))]);
  const ids = servedModels(listed);
  const read = version.safeParse(told.response.json);
  const metadata = {
    ...(read.success ? { serverVersion: oneLine(read.data.version, 50) } : {}),
    ...(ids?.[0] === undefined ? {} : { model: oneLine(model ?? ids[0], 100) }),
  };
  if (ids === undefined) {
    const { where, response } = listed;
    return {
      metadata,
      problem: modelNotLoaded(`${where} answered ${response.status} and no list of models: ${response.said}`),
    };
  }
  if (ids.length > 0 && (model === undefined || ids.includes(model))) return { metadata };
  const served =
    ids.length === 0
      ? "no model"
      : ids
          .slice(0, 5)
          .map((id) => oneLine(id, 100))
          .join(", ");
  const wanted = model === undefined ? "" : `, ${model} expected`;
  return { problem: modelNotLoaded(`${listed.where} lists ${served}${wanted}`) };
}

function servedModels({ response }: Asked): readonly string[] | undefined {
  const read = modelList.safeParse(response.json);
  return isSuccess(response) && read.success ? read.data.data.map(({ id }) => id) : undefined;
}

const completion = z.object({ choices: z.array(z.object({ text: z.string() })).min(1) });

/** One token, of the first model that is listed where none is named. */
async function oneToken({ model }: Wanted, { url }: Addresses, get: Get): Promise<CanaryRequest> {
  const name = model ?? servedModels(await get(urlBelow(url, "/v1/models")))?.[0];
  return {
    url: urlBelow(url, "/v1/completions"),
    body: { model: name, prompt: "1", max_tokens: 1, temperature: 0 },
    verify: (json) => (completion.safeParse(json).success ? undefined : "what is no completion"),
  };
}

export const vllm: ModelServer = {
  title: "vLLM",
  readyPath: "/health",
  hasVersions: false,
  needsModel: false,
  metrics: {
    done: ["vllm:generation_tokens_total", "vllm:prompt_tokens_total", "vllm:request_success_total"],
    running: ["vllm:num_requests_running"],
    waiting: ["vllm:num_requests_waiting"],
  },
  look,
  canary: oneToken,
  canaryPath: () => "/v1/completions",
};

/** Its metrics are there with `--enable-metrics` only. */
export const sglang: ModelServer = {
  title: "SGLang",
  readyPath: "/health",
  hasVersions: false,
  needsModel: false,
  metrics: {
    done: ["sglang:generation_tokens_total", "sglang:prompt_tokens_total"],
    running: ["sglang:num_running_reqs"],
    waiting: ["sglang:num_queue_reqs"],
  },
  look,
  // It makes one token, and leaves that out by itself while it works on others.
  canary: async (_wanted, { url }) => ({
    url: urlBelow(url, "/health_generate"),
    body: undefined,
    verify: () => undefined,
  }),
  canaryPath: () => "/generate",
};
