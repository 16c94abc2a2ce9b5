import { status } from "@grpc/grpc-js";
import type { ProbeCounts } from "../../core/probe-counts.js";
import { type ListResponse, statusResponses } from "../../proto/health.js";
import { probeResults } from "./probe-results.js";
import type { StatusSource } from "./status-source.js";
import type { Answer } from "./unary.js";

/** The component that stands for the whole server. */
const overall = "";

/** List: every component's status now, up to `mostListed` of them. Counted by the overall status that it reports. */
export function listMethod(source: StatusSource, probeCounts: ProbeCounts, mostListed: number) {
  return (): Answer<ListResponse> => {
    const components = [...source.list()];
    if (components.length > mostListed) {
      probeCounts.add("grpc_list", "refused");
      const details = `there are ${components.length} services, and List gives ${mostListed} at most: ask Check by name`;
      return { code: status.RESOURCE_EXHAUSTED, details };
    }
    probeCounts.add("grpc_list", probeResults[source.get(overall)?.serving ?? "SERVICE_UNKNOWN"]);
    return {
      message: { statuses: Object.fromEntries(components.map((each) => [each.name, statusResponses[each.serving]])) },
    };
  };
}
