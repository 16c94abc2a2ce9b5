import type { ReasonGroup } from "../../core/reason.js";

export const unitReasons = {
  title: "Units of systemd",
  reasons: {
    systemctl_failed: {
      means: "systemd was asked and gave no answer that could be used.",
      look: "Run the command of the message by hand as the user of gpu-health.",
    },
    systemd_not_available: {
      means: "There is no systemd that could be asked from here.",
      look: "In a container, mount its sockets; or run gpu-health on the machine itself.",
    },
    unit_failed: {
      means: "The unit has failed, and systemd does not start it again.",
      look: "`journalctl -u UNIT`, then `systemctl restart UNIT`.",
    },
    unit_inactive: {
      means: "The unit is not running: it was stopped, or never started.",
      look: "Who stopped it; whether it is enabled.",
    },
    unit_masked: {
      means: "The unit is masked, so nothing can start it.",
      look: "Who masked it, and why.",
    },
    unit_not_found: {
      means: "systemd knows no unit of this name.",
      look: "The spelling; whether its package is installed.",
    },
    unit_not_loaded: {
      means: "systemd could not read the unit's file.",
      look: "`systemctl status UNIT` shows the error in it.",
    },
    unit_restarting: {
      means: "The unit ends again and again, and systemd starts it each time.",
      look: "`journalctl -u UNIT` at the end of each run.",
    },
    unit_starting: {
      means: "The unit is starting.",
      look: "Wait; where it stays so, what it waits for is in `systemctl status UNIT`.",
    },
    unit_stopping: {
      means: "The unit is stopping.",
      look: "Who stopped it; where it stays so, what does not end.",
    },
  },
} as const satisfies ReasonGroup;
