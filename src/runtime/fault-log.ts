import { assertNever } from "../core/assert-never.js";
import type { Clock } from "../core/clock.js";
import { messageOf, whoHas } from "../gpu/fault-policy.js";
import type { Evidence, FaultNews } from "../gpu/faults/news.js";
import type { FaultTracker } from "../gpu/faults/tracker.js";
import { FlapFilter } from "../outputs/log/flapping.js";
import type { Logger } from "../outputs/log/logger.js";

/**
 * One line for each XID that the driver reports, and for each fault that comes or goes; of what repeats itself the first
 * few, and then sums. Gives a function that ends it.
 */
export function logFaults(tracker: FaultTracker, logger: Logger, clock: Clock): () => void {
  const xids = new FlapFilter<{ readonly gpu: string; readonly xid: number }>(clock, ({ gpu, xid }, count) => {
    logger.warn("xid_repeated", `XID ${xid} on ${gpu}: ${count} more, without a line each`, { gpu, xid, count });
  });
  const sayFlapping = ({ gpu, fault }: FaultOfGpu, changes: number): void => {
    const message = `${fault} on ${gpu} comes and goes: ${changes} changes without a line each, summed up now and then`;
    logger.warn("flapping", message, { gpu, fault, changes });
  };
  const faults = new FlapFilter<FaultOfGpu>(clock, sayFlapping);

  const getsLine = (gpu: string, news: FaultNews): boolean => {
    switch (news.kind) {
      case "events_lost":
        return true;
      case "xid": {
        const subject = whoHas(gpu, news);
        return xids.change(`${subject} ${news.xid}`, { gpu: subject, xid: news.xid }) === "log";
      }
      case "raised":
      case "cleared": {
        const about = { gpu: whoHas(gpu, news.fault), fault: news.fault.row.fault };
        const decision = faults.change(`${about.gpu} ${about.fault}`, about);
        if (decision === "announce") sayFlapping(about, 1);
        return decision === "log";
      }
      default:
        return assertNever(news);
    }
  };

  return tracker.onFault((index, news) => {
    const gpu = index === undefined ? "an unknown GPU" : `gpu/${index}`;
    if (getsLine(gpu, news)) say(gpu, news, logger);
  });
}

interface FaultOfGpu {
  readonly gpu: string;
  readonly fault: string;
}

function say(gpu: string, news: FaultNews, logger: Logger): void {
  switch (news.kind) {
    case "xid": {
      const { xid, row } = news;
      const subject = whoHas(gpu, news);
      const { severity, remedy } = row;
      const level = severity === "ignore" ? "info" : "warn";
      logger[level]("xid", messageOf(subject, { row, detail: `XID ${xid}` }), { gpu: subject, xid, severity, remedy });
      return;
    }
    case "events_lost": {
      const message = `${news.count} events of the driver were lost: they came faster than they were read`;
      logger.error("events_lost", message, { count: news.count });
      return;
    }
    case "raised": {
      const { row, remedy, detail } = news.fault;
      const subject = whoHas(gpu, news.fault);
      const fields = { gpu: subject, fault: row.fault, severity: row.severity, remedy };
      logger.warn("fault_raised", messageOf(subject, { row, detail }), fields);
      return;
    }
    case "cleared": {
      const { row } = news.fault;
      const subject = whoHas(gpu, news.fault);
      const message = `${row.fault} on ${subject} is over: ${evidenceTexts[news.evidence]}`;
      logger.info("fault_cleared", message, { gpu: subject, fault: row.fault, evidence: news.evidence });
      return;
    }
    default:
      assertNever(news);
  }
}

const evidenceTexts: Readonly<Record<Evidence, string>> = {
  signal_gone: "the driver does not show it any more",
  recovery_action_none: "the driver asks for no recovery any more",
  reset_seen: "the GPU was reset",
  driver_reloaded: "the driver was loaded again",
  gpu_came_back: "the GPU was lost and came back",
  processes_ended: "the processes that were on the GPU have ended",
  gpu_replaced: "another GPU has its index",
  acknowledged: "an operator acknowledged it",
  reconfigured: "the new configuration says that it is no fault",
};
