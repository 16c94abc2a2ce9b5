import { type Block, quoted } from "./block.js";

/** The model servers. */

export interface ServedModel {
  /** `http://HOST:PORT`. */
  readonly url: string;
  /** The name of the model, where it is known. */
  readonly model?: string | undefined;
}

const modelLine = (model: string | undefined, example: string): string =>
  model === undefined
    ? `# model: ${example} # the name that clients use; left out: the server as a whole`
    : `model: ${quoted(model)}`;

const canaryComment = "While its counters advance it is left alone: busy is not dead.";

/** An engine for text, which has a canary that fits every model. */
function textEngine(server: "vllm" | "sglang" | "tgi", title: string, example: string) {
  return ({ url, model }: ServedModel): Block => ({
    name: server,
    type: "model",
    importance: "critical",
    comment: [
      `${title} is ready, has its model loaded, and makes one token when it has nothing else to do.`,
      canaryComment,
    ],
    options: [
      `server: ${server}`,
      `url: ${quoted(url)}`,
      modelLine(model, example),
      "canary: {}",
      "# auth: { bearer: file:/run/secrets/api-key } # where it was started with --api-key",
    ],
  });
}

export const vllmBlock = textEngine("vllm", "vLLM", "meta-llama/Llama-3.1-8B-Instruct");
export const sglangBlock = textEngine("sglang", "SGLang", "Qwen/Qwen3-8B");
export const tgiBlock = textEngine("tgi", "Text Generation Inference", "bigscience/bloom-560m");

export const tritonBlock = ({ url, model }: ServedModel): Block => ({
  name: "triton",
  type: "model",
  importance: "critical",
  comment: ["Triton is ready, and so are its models. Metrics are read from port 8002 of the same host.", canaryComment],
  options: [
    "server: triton",
    `url: ${quoted(url)}`,
    modelLine(model, "resnet"),
    "# canary: {} # with `model`: zeros in the shape of its inputs; give a `body` where it does not take zeros",
    "# metricsUrl: http://127.0.0.1:8002/metrics",
  ],
});

export const kserveBlock = ({ url, model }: ServedModel): Block => ({
  name: "kserve",
  type: "model",
  importance: "critical",
  comment: ["The server speaks the Open Inference Protocol (KServe V2) and is ready."],
  options: ["server: kserve", `url: ${quoted(url)}`, modelLine(model, "iris"), "# canary: {} # with `model`"],
});

export const torchserveBlock = ({ url, model }: ServedModel): Block => ({
  name: "torchserve",
  type: "model",
  importance: "critical",
  comment: ["TorchServe is healthy. With `model` its workers are counted, through the management port 8081."],
  options: [
    "server: torchserve",
    `url: ${quoted(url)}`,
    modelLine(model, "densenet161"),
    "# canary: { body: { data: [0] } } # with `model`: as small as its handler takes it",
  ],
});

/** Any server of OpenAI's API that is none of these, such as Ollama or one in the cloud. */
export const llmBlock = ({ url, model }: ServedModel): Block => ({
  name: "llm",
  type: "llm",
  importance: "critical",
  comment: ["An API like OpenAI's lists its models, which costs nothing."],
  options: [
    `url: ${quoted(url)}`,
    model === undefined ? "# model: gpt-4o-mini" : `model: ${quoted(model)}`,
    "# mode: chat # one token every five minutes (`cache`), to prove that the model answers",
    "# auth: { bearer: file:/run/secrets/api-key }",
  ],
});
