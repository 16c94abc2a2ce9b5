/**
 * Simulated GPUs, sampled often and judged by one answer, so that a drill is seen soon. `inference` depends on the free
 * memory; `soft` has it as an optional check, so it is degraded where `inference` is unhealthy.
 */
export const quickGpus = `
gpu: { interval: 100ms }
drain: { delay: 500ms }
checks:
  gpu: { type: gpu, minFreeMemory: 2GiB, interval: 100ms, failureThreshold: 1 }
components:
  inference: { critical: [gpu] }
  soft: { optional: [gpu] }
`;

/** The drill that fills the first GPU, so that `inference` is unhealthy. */
export const fillFirstGpu = ["memory", "--gpu", "0", "--free", "300MiB"] as const;
