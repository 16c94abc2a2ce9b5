import type { ReasonGroup } from "../../core/reason.js";

export const heartbeatReasons = {
  title: "Heartbeats",
  about: "While reports come, a `heartbeat` check has the reason that the process reports, which is the process's own.",
  reasons: {
    heartbeat_expired: {
      means: "The process has reported before, and not within the time to live.",
      look: "Whether it still runs and is not stuck: its last report is in the message.",
    },
    heartbeat_missing: {
      means: "The process has not reported once since the check was started.",
      look: "Whether it runs, reaches the admin listener, and reports under the name of this check.",
    },
  },
} as const satisfies ReasonGroup;
