import type { ReasonGroup, ReasonIn } from "./reason.js";

export const checkReasons = {
  title: "Every check",
  about: "What a check of any type can have, beside the reasons of its type.",
  reasons: {
    check_failed: {
      means: "The check itself broke, in a way that nobody provided for: nothing is known of what it looks at.",
      look: "Read the message, and report it as a bug of gpu-health or of your own check type.",
    },
    ok: { means: "Nothing is wrong.", look: "Nothing to do." },
    stale: {
      means: "Nothing was heard of the check for two intervals and a deadline, so what it said before is no data.",
      look: "See whether this machine was suspended, has no CPU left for gpu-health, or blocks its event loop.",
    },
    timeout: {
      means: "There was no answer within the deadline of the check; where the message says so, its work does not end.",
      look: "See whether what it looks at hangs or is overloaded. Where it needs that long, raise the check's `timeout`.",
    },
  },
} as const satisfies ReasonGroup;

export type CheckReason = ReasonIn<typeof checkReasons>;
