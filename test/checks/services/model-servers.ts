import type { Routes } from "../../support/wire-server.js";

/** What each kind of model server answers when all is well, as its documentation has it. */

/** Triton Inference Server: Open Inference Protocol, and the metrics of its user guide. */
export const triton: Routes = {
  "GET /v2/health/ready": { body: "" },
  "GET /v2": { body: { name: "triton", version: "2.61.0", extensions: ["classification", "statistics"] } },
  "GET /v2/models/resnet/ready": { body: "" },
  "GET /v2/models/resnet/versions/3/ready": { body: "" },
  "GET /v2/models/broken/ready": { status: 400, body: "" },
  "GET /v2/models/resnet": {
    body: {
      name: "resnet",
      versions: ["3"],
      platform: "onnxruntime_onnx",
      inputs: [
        { name: "image", datatype: "FP32", shape: [-1, 2, 2] },
        { name: "label", datatype: "BYTES", shape: [-1, 1] },
      ],
      outputs: [{ name: "scores", datatype: "FP32", shape: [-1, 3] }],
    },
  },
  "POST /v2/models/resnet/infer": {
    body: {
      model_name: "resnet",
      model_version: "3",
      outputs: [{ name: "scores", datatype: "FP32", shape: [1, 3], data: [0.1, 0.2, 0.7] }],
    },
  },
};

export const tritonMetrics = (done: number, pending: number): string => `\
# HELP nv_inference_request_success Number of successful inference requests, all batch sizes
# TYPE nv_inference_request_success counter
nv_inference_request_success{model="resnet",version="3"} ${done}
nv_inference_request_success{model="other",version="1"} 77
# HELP nv_inference_pending_request_count Instantaneous number of pending requests awaiting execution per-model.
# TYPE nv_inference_pending_request_count gauge
nv_inference_pending_request_count{model="resnet",version="3"} ${pending}
nv_inference_pending_request_count{model="other",version="1"} 5
`;

/** KServe's own server says in the body what the protocol leaves to the status. */
export const kserve: Routes = {
  "GET /v2/health/ready": { body: { ready: true } },
  "GET /v2": { body: { name: "kserve", version: "0.16.0", extensions: ["model_repository_extension"] } },
  "GET /v2/models/iris/ready": { body: { name: "iris", ready: true } },
  "GET /v2/models/broken/ready": { body: { name: "broken", ready: false } },
};

export const vllm: Routes = {
  "GET /health": { body: "" },
  "GET /version": { body: { version: "0.11.2" } },
  "GET /v1/models": {
    body: {
      object: "list",
      data: [
        { id: "llama", object: "model", owned_by: "vllm", root: "meta-llama/Llama-3.1-8B", max_model_len: 8192 },
        { id: "llama-sql", object: "model", owned_by: "vllm", root: "/adapters/sql", parent: "llama" },
      ],
    },
  },
  "POST /v1/completions": {
    body: {
      id: "cmpl-1",
      object: "text_completion",
      model: "llama",
      choices: [{ index: 0, text: "2", finish_reason: "length" }],
      usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 },
    },
  },
};

export const vllmMetrics = (generated: number, running: number, waiting: number): string => `\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="llama"} ${running}
vllm:num_requests_waiting{engine="0",model_name="llama"} ${waiting}
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="llama"} ${generated}
vllm:generation_tokens_created{engine="0",model_name="llama"} 1.7470e+09
`;

export const tgi: Routes = {
  "GET /health": { body: "" },
  "GET /info": {
    body: { model_id: "bigscience/bloom-560m", model_sha: "e985a63", version: "3.3.6", max_total_tokens: 2048 },
  },
  "POST /generate": { body: { generated_text: "2" } },
};

export const tgiMetrics = (batches: number, batch: number, queue: number): string => `\
# TYPE tgi_batch_inference_success counter
tgi_batch_inference_success{method="prefill"} 4
tgi_batch_inference_success{method="decode"} ${batches}
# TYPE tgi_batch_current_size gauge
tgi_batch_current_size ${batch}
# TYPE tgi_queue_size gauge
tgi_queue_size ${queue}
`;

export const sglang: Routes = {
  "GET /health": { body: "" },
  "GET /health_generate": { body: "" },
  "GET /v1/models": { body: { object: "list", data: [{ id: "qwen", object: "model", max_model_len: 32768 }] } },
};

export const sglangMetrics = (generated: number, running: number, queued: number): string => `\
# TYPE sglang:generation_tokens_total counter
sglang:generation_tokens_total{model_name="qwen"} ${generated}
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{model_name="qwen"} ${running}
sglang:num_queue_reqs{model_name="qwen"} ${queued}
`;

export const torchserve: Routes = {
  "GET /ping": { body: { status: "Healthy" } },
  "POST /predictions/densenet161": { body: { tabby: 0.46, lynx: 0.15 } },
};

/** On the management port. */
export const torchserveManagement = (ready: number, pending: number): Routes => {
  const body = [
    {
      modelName: "densenet161",
      modelVersion: "1.0",
      modelUrl: "densenet161.mar",
      minWorkers: 2,
      maxWorkers: 2,
      batchSize: 1,
      workers: [9000, 9001].map((id, index) => ({
        id: String(id),
        startTime: "2026-05-01T17:37:00.123Z",
        status: index < ready ? "READY" : "UNLOADING",
        gpu: true,
      })),
      jobQueueStatus: { remainingCapacity: 1000 - pending, pendingRequests: pending },
    },
  ];
  return { "GET /models/densenet161": { body }, "GET /models/densenet161/1.0": { body } };
};

export const torchserveMetrics = (microseconds: number): string => `\
# TYPE ts_inference_requests_total counter
ts_inference_requests_total{model_name="densenet161",model_version="default",hostname="h"} 9.0
# TYPE ts_inference_latency_microseconds counter
ts_inference_latency_microseconds{model_name="densenet161",model_version="default",hostname="h"} ${microseconds}
`;
