import type { ReasonGroup } from "../../core/reason.js";

export const processReasons = {
  title: "Processes",
  reasons: {
    pid_file_not_found: {
      means: "There is no pid file: the service does not run, or writes it elsewhere.",
      look: "Whether the service runs, and its configuration.",
    },
    pid_file_unreadable: {
      means: "The pid file cannot be read, or holds no pid.",
      look: "What wrote it, and its permissions.",
    },
    pid_reused: {
      means: "The process of the pid file has ended, and its number belongs to another program now.",
      look: "Start the service again; its log says why it ended.",
    },
    process_name_differs: {
      means: "The pid belongs to a process of another name than is expected.",
      look: "Whether the service has ended, or was renamed by an upgrade.",
    },
    process_not_running: {
      means: "There is no such process.",
      look: "Start it, and see its log. In a container: whether the pod shares its process namespace.",
    },
    process_stopped: {
      means: "The process was stopped (SIGSTOP, or a debugger) and does nothing.",
      look: "Who stopped it; `kill -CONT` lets it go on.",
    },
    process_unreadable: {
      means: "The system does not show what has to be judged of the process, so nothing is known.",
      look: "As which user gpu-health runs, and whether /proc is the one that is meant.",
    },
    process_zombie: {
      means: "The process has ended and its parent has not taken note.",
      look: "The parent; in a container, one without an init.",
    },
    too_few_processes: {
      means: "Fewer processes of this name run than are needed.",
      look: "The log of the service: workers have ended and were not started again.",
    },
    too_many_threads: {
      means: "The process has more threads than is allowed.",
      look: "Whether the number grows: requests that never end keep one each.",
    },
    too_much_cpu: {
      means: "The process uses more CPU than is allowed.",
      look: "`top -H -p PID`: which thread computes.",
    },
    too_much_memory: {
      means: "The process holds more memory than is allowed.",
      look: "Whether it grows without an end; restart it before the kernel chooses what to kill.",
    },
  },
} as const satisfies ReasonGroup;
