import type { ReasonGroup } from "../../core/reason.js";

export const pulsarReasons = {
  title: "Pulsar",
  reasons: {
    broker_unhealthy: {
      means: "The broker's own health check failed: it could not write and read a message.",
      look: "Its log, its bookies, and its metadata store.",
    },
    lookup_failed: {
      means: "Pulsar could not say which broker has the topic.",
      look: "The message has its answer; the log of the broker has more.",
    },
    namespace_not_found: {
      means: "The tenant or the namespace of the topic is not there.",
      look: "The spelling of `topic`; then who removed it.",
    },
    no_broker: {
      means: "No broker takes the topic at the moment.",
      look: "Whether brokers are overloaded, or are unloading topics before they stop.",
    },
  },
} as const satisfies ReasonGroup;
