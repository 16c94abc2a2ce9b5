import type { ReasonGroup } from "../../core/reason.js";

export const certificateReasons = {
  title: "Certificates",
  reasons: {
    certificate_expires_soon: {
      means: "A certificate of the server ends within `warnBefore`: all is well until then, so degraded.",
      look: "See why what renews it has not done so yet.",
    },
    protocol_too_old: {
      means: "The server speaks no TLS as new as `minVersion`.",
      look: "Its configuration, or that of a proxy in front of it.",
    },
  },
} as const satisfies ReasonGroup;
