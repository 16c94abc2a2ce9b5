/**
 * Simulated GPUs, sampled often and judged by one answer, so that a drill is seen soon. The components that depend on
 * them follow.
 */
const quickly = `
gpu: { interval: 100ms }
drain: { delay: 500ms }
checks:
  gpu: { type: gpu, minFreeMemory: 2GiB, interval: 100ms, failureThreshold: 1 }
components:
`;

/** A full GPU makes `inference` and readiness unhealthy, and `soft` degraded. */
export const quickGpus = `${quickly}
  inference: { critical: [gpu] }
  soft: { optional: [gpu] }
`;

/** The drill that fills the first GPU. */
export const fillFirstGpu = ["memory", "--gpu", "0", "--free", "300MiB"] as const;
