import type { ReasonGroup, ReasonIn } from "../../core/reason.js";

export const superviseReasons = {
  title: "Supervised programs",
  about: "What `supervise/NAME` has, see [supervise.md](supervise.md).",
  reasons: {
    gave_up: {
      means: "The program was restarted as often as it may be, failed again, and is left alone now.",
      look: "Mend what its own log names, then restart gpu-health: nothing restarts the program until then.",
    },
    not_running: {
      means: "The program has ended, and is about to be started again.",
      look: "See its last lines in the log for why it ended.",
    },
    restart_due: {
      means: "The program runs, a check of it fails, and it is about to be restarted.",
      look: "Look at the check that is named: a restart hides the cause.",
    },
    restarting: {
      means: "The program is being stopped and started again.",
      look: "Wait. If it comes again, look at what the message says it is restarted for.",
    },
  },
} as const satisfies ReasonGroup;

export type SuperviseReason = ReasonIn<typeof superviseReasons>;
