import type { ReasonGroup } from "../../core/reason.js";

export const httpReasons = {
  title: "HTTP",
  reasons: {
    redirected: {
      means: "The server answers with a redirect, which the check is told not to follow.",
      look: "Where it leads to: often a login page, or from http to https.",
    },
    slow_response: {
      means: "The answer is right and took longer than `maxDuration`; it still serves, so degraded.",
      look: "What else the server has to do; `gpu_health_http_response_seconds` shows since when.",
    },
    unexpected_body: {
      means: "The status is right, and the body does not say what it must.",
      look: "The message quotes it. Ask the URL by hand.",
    },
  },
} as const satisfies ReasonGroup;
