import { status } from "@grpc/grpc-js";
import type { ProbeCounts } from "../../core/probe-counts.js";
import type { HealthCheckRequest__Output } from "../../proto/generated/grpc/health/v1/HealthCheckRequest.js";
import { type StatusResponse, statusResponses } from "../../proto/health.js";
import { probeResults } from "./probe-results.js";
import { quoteName } from "./quote-name.js";
import type { StatusSource } from "./status-source.js";
import type { Answer } from "./unary.js";

/** An answer object per status, made once: Check is the method on the hot path. */
const answers = {
  UNKNOWN: { message: statusResponses.UNKNOWN },
  SERVING: { message: statusResponses.SERVING },
  NOT_SERVING: { message: statusResponses.NOT_SERVING },
} as const;

/** Check: the component's status now, NOT_FOUND where there is none of that name. */
export function checkMethod(source: StatusSource, probeCounts: ProbeCounts) {
  return ({ service }: HealthCheckRequest__Output): Answer<StatusResponse> => {
    const component = source.get(service);
    if (component === undefined) {
      probeCounts.add("grpc_check", "not_found");
      const details = `no component is named ${quoteName(service)}; the List method names those that there are`;
      return { code: status.NOT_FOUND, details };
    }
    probeCounts.add("grpc_check", probeResults[component.serving]);
    return answers[component.serving];
  };
}
