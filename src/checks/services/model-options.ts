import { z } from "zod";
import { httpAuth } from "../common/http-auth.js";
import { httpUrl } from "../common/http-url.js";
import { jsonExpectations, jsonExpectationsText } from "../common/json-expectation.js";
import { refuseIdleTls, tlsOptions } from "../common/tls-options.js";
import { duration, mapping } from "../options.js";
import { serverKinds, servers } from "./model-servers.js";

const canary = mapping({
  path: z
    .string()
    .regex(/^\/\S*$/, { error: "expected a path that starts with /" })
    .optional()
    .describe("Where `body` goes; left out: where the server takes inferences for the model."),
  body: z
    .json()
    .meta({ kind: "any YAML, sent as JSON" })
    .optional()
    .describe("The request, as small as the model takes it. TorchServe needs one, for it depends on the handler."),
  expect: jsonExpectations()
    .optional()
    .describe(`What the answer must say, beside what the server's API says of every answer: ${jsonExpectationsText}`),
});

export const modelOptions = () =>
  mapping({
    server: z
      .enum(serverKinds)
      .describe("What kind of server it is; `kserve` is any that speaks the Open Inference Protocol (V2)."),
    url: httpUrl().describe("Where it takes inferences: `http://127.0.0.1:8000`, without the path of an API."),
    model: z
      .string()
      .min(1)
      .optional()
      .describe("The model that must be loaded, by the name that clients use. Left out: the server as a whole."),
    version: z
      .string()
      .min(1)
      .optional()
      .describe("The version of it that must be loaded; for TGI the revision (`model_sha`)."),
    metricsUrl: httpUrl()
      .optional()
      .describe(
        "Where its Prometheus metrics are; left out: `/metrics` at port 8002 (Triton), 8082 (TorchServe) or that of `url`.",
      ),
    managementUrl: httpUrl()
      .optional()
      .describe("Where TorchServe's management API is; left out: port 8081 of the host of `url`."),
    auth: httpAuth().optional().describe("Who asks, where the server wants to know."),
    tls: tlsOptions().optional().describe("For `https://`: whom to trust, and how to be trusted."),
    stuckAfter: duration({ atLeastMs: 1000 })
      .prefault("2m")
      .describe(
        "A server that has requests and does nothing, by its own counters, is stuck after that time. Longer than its longest single step.",
      ),
    canary: canary
      .optional()
      .describe(
        "One smallest inference, left out while the server shows progress. `{}`: the one that fits the server and model.",
      ),
  }).superRefine(({ server, url, metricsUrl, managementUrl, tls, model, version, canary }, context) => {
    refuseIdleTls(context, tls, [url, metricsUrl, managementUrl]);
    const problem = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    const { title, hasVersions, needsModel, canary: ownCanary } = servers[server];
    if (version !== undefined && !hasVersions) problem("version", `${title} has no versions of models`);
    if (managementUrl !== undefined && server !== "torchserve") problem("managementUrl", "only TorchServe has one");
    if (model === undefined && needsModel && version !== undefined) problem("version", "name the model, too");
    if (model === undefined && needsModel && canary !== undefined) {
      problem("canary", `an inference of ${title} is for one model: name it in \`model\``);
    }
    if (canary !== undefined && canary.body === undefined) {
      if (ownCanary === undefined)
        problem("canary", `there is no inference that fits every model of ${title}: give a \`body\``);
      if (canary.path !== undefined) problem("canary", "a `path` without a `body` says nothing");
    }
  });

export type ModelOptions = z.output<ReturnType<typeof modelOptions>>;
