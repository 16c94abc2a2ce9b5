/** One fault: how it is drilled, what must be seen of it everywhere, and what ends it. */
export interface FaultRow {
  readonly fault: string;
  /** Which of {@link servers} has it. */
  readonly on: ServerName;
  /** Drills that are no fault yet, and what the metrics show once they have taken effect. `N` stands for the GPU. */
  readonly before?: { readonly drills: readonly string[]; readonly shows: Sample };
  /** The command line after `gpu-health`. */
  readonly drill: string;
  readonly seenBy: Signal;
  /** `gpu/N` without it. */
  readonly component?: string;
  /** `unchanged`: it is logged or measured, and the component stays healthy. */
  readonly status: "unhealthy" | "degraded" | "unchanged";
  /** The reason code; of an XID that changes nothing, its severity; absent where nothing is to be said. */
  readonly reason?: string;
  /** The reason of readiness, where it is another. */
  readonly readinessReason?: string;
  /** How the remedy begins. */
  readonly remedy?: string;
  readonly metric: Sample;
  readonly ends: Recovery;
}

/** What `/metrics` has for the GPU. Where an event is counted, the count grows by one. */
export interface Sample {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number | "one more";
}

export interface Recovery {
  /** In this order; each waits for what the metrics show of the one before. */
  readonly steps: readonly { readonly drill: string; readonly shows?: Sample }[];
  /** The `evidence` of the log's `fault_cleared`; absent where the fault is no row of the catalogue. */
  readonly evidence?: string;
}

/** The model and number of GPUs of each server that the rows need, and its checks beside what all have. */
export const servers = {
  h200: { simulate: "h200x16", expected: 16, checks: "" },
  a100: { simulate: "a100x4", expected: 4, checks: "" },
  v100: { simulate: "v100x2", expected: 2, checks: "" },
  driver: { simulate: "h200x2", expected: 2, checks: "" },
  cuda: {
    simulate: "h200x1",
    expected: 1,
    checks: "  cuda: { type: cuda, mode: kernel, interval: 500ms, timeout: 400ms, jitter: 0%, failureThreshold: 1 }",
  },
} as const;

export type ServerName = keyof typeof servers;

const intervalMs = 100;
const inspectionIntervalMs = 200;
const stallAfterMs = 1000;
const slowdownWindowMs = 2000;
const leakWindowMs = 3000;
const slowdownShare = 0.25;
const cudaIntervalMs = 500;
const cudaTimeoutMs = 400;

/** Short times, so that the matrix takes seconds; one bad answer counts, since no other way of failing is under test. */
export const configuration = (server: ServerName): string => `
gpu:
  interval: ${intervalMs}ms
  inspectionInterval: ${inspectionIntervalMs}ms
  stallAfter: ${stallAfterMs}ms
  slowdownShare: ${slowdownShare * 100}%
  slowdownWindow: ${slowdownWindowMs}ms
  leakWindow: ${leakWindowMs}ms
checks:
  gpu: { type: gpu, minFreeMemory: 2GiB, failureThreshold: 1, expect: { count: ${servers[server].expected} } }
${servers[server].checks}
`;

/** What tells of the fault, and how long that may take from the drill on. */
export const signals = {
  event: { text: "event", atMostMs: 100 },
  sample: { text: "sample", atMostMs: intervalMs + 100 },
  inspection: { text: "inspection", atMostMs: inspectionIntervalMs + 100 },
  "two inspections": { text: "two inspections", atMostMs: 2 * inspectionIntervalMs + 100 },
  window: { text: "share of the slowdown window", atMostMs: slowdownWindowMs * slowdownShare + 2 * intervalMs + 100 },
  trend: { text: "leak window", atMostMs: leakWindowMs + intervalMs + 100 },
  // The next call is made up to one interval after the drill.
  call: { text: "call in flight", atMostMs: intervalMs + stallAfterMs + 100 },
  cuda: { text: "run of the cuda check", atMostMs: cudaIntervalMs + 100 },
  "cuda deadline": { text: "deadline of the cuda check", atMostMs: cudaIntervalMs + cudaTimeoutMs + 100 },
} as const;

export type Signal = keyof typeof signals;

/** As on the first GPU, for people. */
export const onFirstGpu = (text: string): string => onGpu(text, 0);

export const onGpu = (text: string, gpu: number): string => text.replaceAll(/\bN\b/g, String(gpu));
