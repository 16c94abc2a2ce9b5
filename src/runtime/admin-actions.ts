import { z } from "zod";
import { assertNever } from "../core/assert-never.js";
import type { FaultTracker } from "../gpu/faults/tracker.js";
import type { Simulator } from "../gpu/simulator.js";
import type { AdminOptions, Refusal } from "../outputs/http/admin-app.js";
import type { NodeAgent } from "../outputs/kubernetes/agent.js";
import type { Logger } from "../outputs/log/logger.js";
import { createAcknowledge } from "./acknowledge.js";
import { type Monitor, maxReports } from "./monitor.js";
import type { Reloader } from "./reload.js";

export interface AdminSources {
  readonly reloader: Pick<Reloader, "reload">;
  readonly logger: Logger;
  readonly monitor: Monitor;
  readonly simulator: Simulator | undefined;
  /** Undefined where there is nothing to read GPUs with. */
  readonly tracker: FaultTracker | undefined;
  /** Undefined where nothing is written to Kubernetes. */
  readonly nodeAgent: Pick<NodeAgent, "acknowledge"> | undefined;
}

/** What the admin listener can do beside draining, with a log line for each change. */
export function adminActions({
  monitor,
  simulator,
  tracker,
  reloader,
  logger,
  nodeAgent,
}: AdminSources): Pick<
  AdminOptions,
  "reload" | "drill" | "acknowledge" | "reportComponent" | "removeComponent" | "receiveHeartbeat"
> {
  const acknowledge = createAcknowledge(tracker, logger);
  return {
    reload: (traceId) => reloader.reload("admin", traceId),
    drill: simulator === undefined ? undefined : (body) => drill(simulator, body, logger),
    acknowledge(index, fault) {
      const outcome = acknowledge(index, fault);
      if (outcome.ok) nodeAgent?.acknowledge(fault);
      return outcome;
    },
    reportComponent(name, report) {
      const outcome = monitor.report(name, report);
      switch (outcome) {
        case "accepted":
          return { ok: true };
        case "name_taken":
          return refuse(409, `checks decide the component ${name}: choose a name that is not configured or built in`);
        case "too_many":
          return refuse(
            409,
            `${maxReports} components are reported, as many as there may be: DELETE those that are gone`,
          );
        default:
          return assertNever(outcome);
      }
    },
    receiveHeartbeat(check, report) {
      if (monitor.receive(check, report)) return { ok: true };
      const names = monitor.receiverNames;
      const known = names.length === 0 ? "none is configured" : `configured are ${names.join(", ")}`;
      return refuse(404, `there is no check ${check} of type heartbeat: ${known}`);
    },
    removeComponent(name) {
      return monitor.withdraw(name) ? { ok: true } : refuse(404, `nobody has reported a component ${name}`);
    },
  };
}

async function drill(
  simulator: Simulator,
  body: unknown,
  logger: Logger,
): Promise<{ readonly ok: true; readonly state: unknown } | Refusal> {
  // Few servers are ever drilled, and making the schema takes time.
  const { drillSchema } = await import("../gpu/drill.js");
  const parsed = drillSchema.safeParse(body);
  if (!parsed.success) return refuse(400, z.prettifyError(parsed.error).replaceAll("\n", " "));
  try {
    simulator.apply(parsed.data);
  } catch (error) {
    return refuse(400, error instanceof Error ? error.message : String(error));
  }
  logger.warn("drill", `the simulated GPUs were changed: ${parsed.data.kind}`, { drill: parsed.data });
  return { ok: true, state: parsed.data };
}

const refuse = (status: Refusal["status"], message: string): Refusal => ({ ok: false, status, message });
