import { describe, expect, it } from "vitest";
import { lookAtWork, readWork } from "../../../src/checks/services/model-metrics.js";
import type { ModelServer } from "../../../src/checks/services/model-server.js";
import { servers } from "../../../src/checks/services/model-servers.js";
import { CheckError } from "../../../src/core/check.js";
import { tritonMetrics, vllmMetrics } from "./model-servers.js";

async function askedUrl({ metrics }: ModelServer, url: string, metricsUrl?: string): Promise<string> {
  let asked = "";
  await lookAtWork(metrics, { url, metricsUrl }, undefined, async (at) => {
    asked = at.href;
    throw new CheckError({ reason: "connection_refused", message: "" });
  });
  return asked;
}

describe("where the metrics of a server are", () => {
  it.each([
    ["triton", "http://gpu:8000", "http://gpu:8002/metrics"],
    ["torchserve", "http://gpu:8080/", "http://gpu:8082/metrics"],
    ["vllm", "http://gpu:8000/base", "http://gpu:8000/base/metrics"],
  ] as const)("%s", async (kind, url, metricsUrl) => {
    expect(await askedUrl(servers[kind], url)).toBe(metricsUrl);
    expect(await askedUrl(servers[kind], url, "http://other:1/m")).toBe("http://other:1/m");
  });
});

describe("the work that metrics show", () => {
  const { vllm, triton } = servers;

  it("is the sum over what is done, of the named model where the metrics tell models apart", () => {
    expect(readWork(vllmMetrics(7, 2, 3), vllm.metrics, "llama")).toEqual({ done: 7, running: 2, waiting: 3 });
    expect(readWork(vllmMetrics(7, 2, 3), vllm.metrics, "llama-sql")).toEqual({ done: 7, running: 2, waiting: 3 });
    expect(readWork(tritonMetrics(7, 2), triton.metrics, "resnet")).toEqual({
      done: 7,
      running: undefined,
      waiting: 2,
    });
    expect(readWork(tritonMetrics(7, 2), triton.metrics, undefined)).toMatchObject({ done: 84, waiting: 7 });
  });

  it.each(["", "<html></html>", "vllm:generation_tokens_total NaN", "vllm:num_requests_running 3", "other_total 5"])(
    "is not to be seen in %j",
    (text) => expect(readWork(text, vllm.metrics, undefined)).toBeUndefined(),
  );
});
