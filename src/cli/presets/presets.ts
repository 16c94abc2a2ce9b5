import type { Block } from "./block.js";
import { cudaBlock, gpuBlock, machineBlocks, servedGpu } from "./machine-blocks.js";
import { tgiBlock, tritonBlock, vllmBlock } from "./server-blocks.js";
import { etcdBlock, milvusBlock, minioBlock, redisBlock } from "./store-blocks.js";

/** What a whole configuration is made of. */
export interface Plan {
  /** The first line of the file: what it is for. */
  readonly purpose: string;
  readonly component: { readonly name: string; readonly description: string };
  readonly checks: readonly Block[];
  /** Why these checks, where they were found and not told; comments at the beginning. */
  readonly notes: readonly string[];
  /** Where this server's HTTP listens, when its default port is taken. */
  readonly httpListen?: string;
}

/** Milvus' own health page is at 9091, the default of this server. */
export const beside9091 = "0.0.0.0:9095";

export const presetNames = ["milvus-rag", "vllm", "triton", "tgi", "bare-gpu"] as const;

/** The configurations that can be asked for by name. */
export const presets: Readonly<Record<(typeof presetNames)[number], Plan>> = {
  "milvus-rag": {
    purpose: "Retrieval and generation: Milvus with its stores, vLLM on GPUs, and a cache.",
    component: { name: "rag", description: "Questions are answered from the vector database" },
    checks: [
      servedGpu,
      vllmBlock({ url: "http://127.0.0.1:8000" }),
      milvusBlock,
      etcdBlock,
      minioBlock,
      redisBlock,
      ...machineBlocks,
    ],
    notes: [],
    httpListen: beside9091,
  },
  vllm: {
    purpose: "vLLM on GPUs.",
    component: { name: "inference", description: "vLLM with its model loaded" },
    checks: [servedGpu, vllmBlock({ url: "http://127.0.0.1:8000" }), ...machineBlocks],
    notes: [],
  },
  triton: {
    purpose: "Triton Inference Server on GPUs.",
    component: { name: "inference", description: "Triton with its models loaded" },
    checks: [servedGpu, tritonBlock({ url: "http://127.0.0.1:8000" }), ...machineBlocks],
    notes: [],
  },
  tgi: {
    purpose: "Text Generation Inference on GPUs.",
    component: { name: "inference", description: "TGI with its model loaded" },
    checks: [servedGpu, tgiBlock({ url: "http://127.0.0.1:8080" }), ...machineBlocks],
    notes: [],
  },
  "bare-gpu": {
    purpose: "A machine with GPUs, for whatever runs on them.",
    component: { name: "node", description: "The GPUs and the machine that they are in" },
    checks: [gpuBlock("2GiB", "less means that somebody else fills the GPU"), cudaBlock, ...machineBlocks],
    notes: [],
  },
};
