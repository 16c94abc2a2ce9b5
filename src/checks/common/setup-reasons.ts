import type { ReasonGroup } from "../../core/reason.js";

export const setupReasons = {
  title: "What a check needs here",
  about: "What is missing on the side of gpu-health: it says nothing of what would be looked at.",
  reasons: {
    driver_missing: {
      means: "The npm package that checks of this type need is not installed.",
      look: "Install the version that the remedy names beside gpu-health.",
    },
    secret_unreadable: {
      means: "A file that holds a secret of the check is not there, is empty, or may not be read.",
      look: "See whether the secret is mounted in this container.",
    },
  },
} as const satisfies ReasonGroup;
