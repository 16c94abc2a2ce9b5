import type { ReasonGroup } from "../../core/reason.js";

export const eventLoopReasons = {
  title: "Event loop",
  reasons: {
    event_loop_blocked: {
      means: "This process could do nothing for longer than is allowed: it computes, or gets no CPU.",
      look: "The CPU limit of the container (throttling); embedded in a service, what that computes.",
    },
  },
} as const satisfies ReasonGroup;
