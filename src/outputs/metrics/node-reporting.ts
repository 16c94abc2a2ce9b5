import type { Registry as PromRegistry } from "prom-client";
import type { NodeReportingState } from "../../core/node-reporting.js";
import { collectCounter, collectGauge, type Sample } from "./collected.js";

export function collectNodeReporting(register: PromRegistry, state: () => NodeReportingState | undefined): void {
  const samples = (of: (state: NodeReportingState) => readonly Sample[]) => (): readonly Sample[] => {
    const now = state();
    return now === undefined ? [] : of(now);
  };
  collectCounter(register, {
    name: "gpu_health_node_writes_total",
    help: "Writes of the node agent to the Kubernetes API, by what was written and the outcome.",
    samples: samples(({ writes }) =>
      Object.entries(writes).flatMap(([write, counts]) =>
        Object.entries(counts).map(([outcome, value]) => ({ labels: { write, outcome }, value })),
      ),
    ),
  });
  collectGauge(register, {
    name: "gpu_health_node_last_write_age_seconds",
    help: "How long ago the Kubernetes API took the node agent's newest write; absent before the first.",
    samples: samples(({ lastWriteAgeMs }) =>
      lastWriteAgeMs === undefined ? [] : [{ labels: {}, value: lastWriteAgeMs / 1000 }],
    ),
  });
  collectGauge(register, {
    name: "gpu_health_node_last_attempt_successful",
    help: "0 while the node agent's newest attempt to write to the Kubernetes API failed, otherwise 1; why is in the log.",
    samples: samples(({ problem }) => [{ labels: {}, value: problem === undefined ? 1 : 0 }]),
  });
  collectGauge(register, {
    name: "gpu_health_node_tainted",
    help: "1 while the node has a taint that the node agent put there.",
    samples: samples(({ isTainted }) => [{ labels: {}, value: isTainted ? 1 : 0 }]),
  });
}
