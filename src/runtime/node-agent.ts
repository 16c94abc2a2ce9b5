import { randomBytes } from "node:crypto";
import { uptime } from "node:os";
import type { NodeOptions } from "../cli/serve.js";
import type { Clock } from "../core/clock.js";
import type { Registry } from "../core/registry.js";
import { NodeAgent, type NodeAgentLog } from "../outputs/kubernetes/agent.js";
import { NodeApi } from "../outputs/kubernetes/api.js";
import { EventWriter } from "../outputs/kubernetes/event-writer.js";
import type { Logger } from "../outputs/log/logger.js";
import { apiServerUrl, serviceAccountTransport } from "./service-account.js";

interface NodeAgentContext {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the GPUs are simulated. */
  readonly simulated: () => boolean;
}

/** The agent with the credentials of the pod, and a log line for what becomes of it. */
export function createNodeAgent(
  { name, taint, serviceAccount }: NodeOptions,
  { registry, clock, logger, simulated }: NodeAgentContext,
): NodeAgent {
  const transport = serviceAccountTransport(apiServerUrl(process.env), serviceAccount, clock);
  const api = new NodeApi(name, transport, clock);
  const events = new EventWriter({
    api,
    clock,
    newId: () => randomBytes(8).toString("hex"),
    refused: (message) =>
      logger.warn("node_event_refused", `the Kubernetes API takes no Event: ${message}`, { node: name }),
  });
  return new NodeAgent({
    registry,
    clock,
    random: Math.random,
    api,
    events,
    taint,
    simulated,
    bootedAtWallMs: clock.wallMs() - uptime() * 1000,
    log: agentLog(name, logger),
  });
}

function agentLog(node: string, logger: Logger): NodeAgentLog {
  return {
    condition({ status, reason, message }, isNews) {
      const text = `node ${node}: the condition GPUHealthy is ${status} (${reason}: ${message})`;
      logger[isNews ? "info" : "debug"]("node_condition", text, { node, status, reason });
    },
    taint(change, taint) {
      const text = {
        added: `node ${node} has the taint ${taint} now`,
        removed: `node ${node} has the taint ${taint} no more`,
        foreign: `node ${node} has the taint ${taint} from somebody else, which is left as it is`,
        kept:
          `node ${node} has the taint ${taint} of an earlier configuration, and the right to take it back is missing: ` +
          `see docs/node-agent.md#taking-it-away`,
      }[change];
      logger.warn("node_taint", text, { node, change, taint });
    },
    remembered({ reason, message }) {
      const text =
        `node ${node}: the API remembers ${reason}, and no recovery was seen since (${message}); ` +
        "a reboot ends it, or POST /admin/gpus/INDEX/acknowledge";
      logger.warn("node_fault_remembered", text, { node, reason });
    },
    acknowledged: ({ reason }) =>
      logger.warn("node_fault_acknowledged", `node ${node}: an operator acknowledged ${reason}`, { node, reason }),
    failing(message, status) {
      const text = `the Kubernetes API cannot be told about node ${node}: ${message}${hintFor(status)}`;
      logger.warn("node_write_failing", text, { node, ...(status === undefined ? {} : { status }) });
    },
    recovered: () =>
      logger.info("node_write_recovered", `the Kubernetes API can be told about node ${node} again`, { node }),
  };
}

function hintFor(status: number | undefined): string {
  switch (status) {
    case 401:
      return "; the token of the service account is not valid in this cluster";
    case 403:
      return "; give the service account the rights in docs/node-agent.md";
    case 404:
      return "; there is no such node: NODE_NAME has to be spec.nodeName of the pod";
    default:
      return "";
  }
}
