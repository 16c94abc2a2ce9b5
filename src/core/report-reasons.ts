import type { ReasonGroup, ReasonIn } from "./reason.js";

export const reportReasons = {
  title: "Reports",
  about:
    "What stands for a report of another process that names no reason, or that did not come. A report may name any " +
    "reason of its own.",
  reasons: {
    report_expired: {
      means: "The process that reports this component has not done so for the time to live of its last report.",
      look: "See whether that process still runs, and reaches this server.",
    },
    reported_degraded: {
      means: "A process reported degraded, and gave no reason.",
      look: "Read its message and its log, and have it name a reason.",
    },
    reported_unhealthy: {
      means: "A process reported unhealthy, and gave no reason.",
      look: "Read its message and its log, and have it name a reason.",
    },
    set_degraded: {
      means: "The program that gpu-health is built into set the component to degraded, and gave no reason.",
      look: "Look for `setStatus` in that program, and at its log.",
    },
    set_unhealthy: {
      means: "The program that gpu-health is built into set the component to unhealthy, and gave no reason.",
      look: "Look for `setStatus` in that program, and at its log.",
    },
  },
} as const satisfies ReasonGroup;

export type ReportReason = ReasonIn<typeof reportReasons>;
