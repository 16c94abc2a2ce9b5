import type { ReasonGroup } from "../../core/reason.js";

export const fileReasons = {
  title: "Files",
  reasons: {
    file_from_the_future: {
      means: "The file is dated in the future, so its age is not known.",
      look: "The clocks of this machine and of what writes the file.",
    },
    file_not_found: {
      means: "The file is not there.",
      look: "What should write it, and whether its folder is mounted.",
    },
    file_too_large: {
      means: "The file is larger than is allowed.",
      look: "What makes it grow.",
    },
    file_too_old: {
      means: "The file was not changed for longer than is allowed.",
      look: "Whether what writes it still runs.",
    },
    file_too_small: {
      means: "The file is smaller than it should be, or empty.",
      look: "Whether it was cut off: the disk may have been full when it was written.",
    },
    file_unreadable: {
      means: "The system does not let the file be looked at.",
      look: "The permissions of the folders above it.",
    },
  },
} as const satisfies ReasonGroup;
