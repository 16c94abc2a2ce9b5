import type { Recovery, Sample } from "./row.js";

/** A metric of the GPU, without the prefix that all have. */
export const metric = (
  name: string,
  value: Sample["value"],
  labels: Readonly<Record<string, string>> = {},
): Sample => ({ name: `gpu_health_${name}`, value, labels });

/** The drills on the GPU are undone. */
export const reset = (evidence?: string): Recovery => ({
  steps: [{ drill: "drill reset --gpu N" }],
  ...(evidence === undefined ? {} : { evidence }),
});

/** The signal ends with the drill. */
export const signalGone: Recovery = reset("signal_gone");

export const acknowledged: Recovery = {
  steps: [{ drill: "POST /admin/gpus/N/acknowledge" }],
  evidence: "acknowledged",
};
