import type { ReasonGroup } from "../../core/reason.js";

export const commandReasons = {
  title: "Programs that are run",
  about: "For `exec`; types that run a program of their own give some of them.",
  reasons: {
    command_failed: {
      means: "The program ended with a status other than 0 and 1: it could not tell.",
      look: "Run the command by hand as the user of gpu-health; its output is in the message.",
    },
    command_found_problem: {
      means: "The program ended with status 1: it found what it looks for.",
      look: "Its output, which is the message.",
    },
    command_killed: {
      means: "A signal ended the program, and not at the deadline.",
      look: "SIGKILL is mostly the kernel out of memory: dmesg. Else run the command by hand.",
    },
    command_not_executable: {
      means: "The program is there, and this user may not run it.",
      look: "Its permissions, and whether its file system is mounted `noexec`.",
    },
    command_not_found: {
      means: "There is no such program.",
      look: "Its path, and whether it is in this image.",
    },
    command_not_started: {
      means: "The system could not start the program.",
      look: "The message has the system's words: often no memory or no processes are left.",
    },
    directory_not_found: {
      means: "The folder to run the program in (`cwd`) is not there.",
      look: "The path, and whether it is mounted.",
    },
  },
} as const satisfies ReasonGroup;
