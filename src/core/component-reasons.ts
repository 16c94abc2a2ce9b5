import type { ReasonGroup, ReasonIn } from "./reason.js";

export const componentReasons = {
  title: "Components",
  about: "What a component has by itself; all else it has from the check that decides it.",
  reasons: {
    component_not_found: {
      means: "A probe or a guard asks for a component that is not defined.",
      look: "Compare the name with the configuration, and with what `gpu-health list` shows.",
    },
    draining: {
      means: "Somebody turned traffic away on purpose, with the message that is given.",
      look: "Ask who drained it. `gpu-health undrain`, or `POST /admin/undrain`, lets traffic in again.",
    },
    not_checked_yet: {
      means: "A check has not answered once since the start; until every critical one has, the component is unknown.",
      look: "Wait one interval and deadline of the check that is named. A GPU check waits until the driver was opened.",
    },
    removed: {
      means: "The component is no longer served. Only the list of changes (the page, `top`) has it.",
      look: "See whether a reload left it out, or a GPU is gone.",
    },
    shutting_down: {
      means: "gpu-health was told to end: every name is NOT_SERVING until the process is gone.",
      look: "Nothing, if it is a deployment or a drain of the node. Else see who sent SIGTERM.",
    },
  },
} as const satisfies ReasonGroup;

export type ComponentReason = ReasonIn<typeof componentReasons>;
