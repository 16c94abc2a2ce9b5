import type { ReasonGroup } from "../../core/reason.js";

export const modelReasons = {
  title: "Model servers",
  reasons: {
    busy: {
      means: "The server is late, and its own counters advance: it works, so degraded.",
      look: "The load. Where it lasts, add replicas or allow more time.",
    },
    canary_failed: {
      means: "The server answered the test inference with an error.",
      look: "Its log: other requests most likely fail in the same way.",
    },
    canary_impossible: {
      means: "The model does not say what a test inference would look like.",
      look: "Give one as `canary.body`.",
    },
    canary_timeout: {
      means: "The server took a test inference and did not serve it, and shows no other progress.",
      look: "Its log and the GPU, as for a server that is stuck.",
    },
    canary_wrong: {
      means: "The test inference was answered with what it should not be.",
      look: "Which model is loaded, and whether the expectation fits it.",
    },
    model_not_loaded: {
      means: "The server is ready, and the model is not.",
      look: "Its log: no memory, a missing file, another name.",
    },
    no_workers: {
      means: "TorchServe has no worker for the model that is ready: nothing is served.",
      look: "Its log for why the workers ended.",
    },
    not_ready: {
      means: "The server says that it is not ready.",
      look: "Whether it still loads, and its log.",
    },
    overloaded: {
      means: "The server refuses the test inference because it has too much to do; it works, so degraded.",
      look: "Who sends so much.",
    },
    stuck: {
      means: "The server has requests and nothing advances for longer than `stuckAfter`.",
      look: "Its log and the GPU it is on; as a rule only a new start helps.",
    },
    workers_missing: {
      means: "TorchServe has fewer workers ready than it should; the others serve, so degraded.",
      look: "Its log for why workers ended.",
    },
  },
} as const satisfies ReasonGroup;
