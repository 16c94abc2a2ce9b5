import type { ProbeCounts } from "../../core/probe-counts.js";
import type { Registry } from "../../core/registry.js";
import { type ListResponse, statusResponses } from "../../proto/health.js";
import { probeResults } from "./probe-results.js";
import type { Answer } from "./unary.js";

/** The component that stands for the whole server. */
const overall = "";

/** List: every component's status now, however many there are. Counted by the overall status that it reports. */
export function listMethod(registry: Registry, probeCounts: ProbeCounts) {
  return (): Answer<ListResponse> => {
    const components = [...registry.list()];
    probeCounts.add("grpc_list", probeResults[registry.get(overall)?.serving ?? "SERVICE_UNKNOWN"]);
    return {
      message: { statuses: Object.fromEntries(components.map((each) => [each.name, statusResponses[each.serving]])) },
    };
  };
}
