import type { ReasonGroup } from "../../core/reason.js";

export const diskReasons = {
  title: "Disks",
  reasons: {
    disk_unreadable: {
      means: "The system does not tell how full the file system is.",
      look: "The message has its words: permissions, or a network file system that went away.",
    },
    insufficient_disk_space: {
      means: "The file system is fuller than is allowed.",
      look: "`du -xh --max-depth=1` from its root: logs, core dumps, model caches.",
    },
    insufficient_inodes: {
      means: "The file system has space and no room for more files.",
      look: "Look for a folder with very many small files.",
    },
    path_not_found: {
      means: "The path that the check names is not there.",
      look: "Whether the volume is mounted.",
    },
  },
} as const satisfies ReasonGroup;
