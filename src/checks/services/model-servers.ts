import { kserve, triton } from "./model-open-inference.js";
import { sglang, vllm } from "./model-openai.js";
import type { ModelServer } from "./model-server.js";
import { tgi } from "./model-tgi.js";
import { torchserve } from "./model-torchserve.js";

export const serverKinds = ["triton", "kserve", "vllm", "tgi", "sglang", "torchserve"] as const;

/** Every kind of model server, by the word after `server:`. */
export const servers: Readonly<Record<(typeof serverKinds)[number], ModelServer>> = {
  triton,
  kserve,
  vllm,
  tgi,
  sglang,
  torchserve,
};
