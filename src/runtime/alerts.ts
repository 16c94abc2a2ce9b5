import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { displayedUrl } from "../checks/common/http-message.js";
import { exchange } from "../checks/common/http-request.js";
import { resolveSecret, withoutSecrets } from "../checks/common/secret.js";
import type { AlertReceiver } from "../core/alerting.js";
import type { Clock } from "../core/clock.js";
import type { Registry } from "../core/registry.js";
import { Alerts } from "../outputs/alerts/alerts.js";
import type { Notice } from "../outputs/alerts/decision.js";
import type { AlertLog } from "../outputs/alerts/delivery.js";
import type { AlertTransport } from "../outputs/alerts/transport.js";
import type { Logger } from "../outputs/log/logger.js";

/** Alerts with the HTTP client and the secrets of the checks, and a log line for what becomes of them. */
export function createAlerts(
  receivers: readonly AlertReceiver[],
  { registry, clock, logger }: { readonly registry: Registry; readonly clock: Clock; readonly logger: Logger },
): Alerts {
  return new Alerts({
    registry,
    clock,
    receivers,
    transport: alertTransport(clock),
    random: Math.random,
    newId: randomUUID,
    host: hostname(),
    log: alertLog(logger),
  });
}

export function alertTransport(clock: Clock): AlertTransport {
  return {
    async post({ url: text, headers, body }, signal) {
      const url = new URL(text);
      try {
        const response = await exchange({ url, method: "POST", headers, body }, { clock, signal });
        const { "retry-after": retryAfter } = response.headers;
        return { status: response.status, headers: { "retry-after": retryAfter }, body: response.bodyStart };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        // The path of a chat's webhook is what lets one post.
        throw new Error(message.replaceAll(displayedUrl(url), url.origin));
      }
    },
    resolve: resolveSecret,
    withoutSecrets,
  };
}

function alertLog(logger: Logger): AlertLog {
  return {
    sent: (receiver, notice) =>
      logger.info("alert_sent", `${receiver} was told: ${told(notice)}`, { receiver, ...fieldsOf(notice) }),
    failing: (receiver, message) =>
      logger.warn("alert_delivery_failing", `${receiver} cannot be told: ${message}`, { receiver }),
    recovered: (receiver) => logger.info("alert_delivery_recovered", `${receiver} can be told again`, { receiver }),
    lost(receiver, notices, message) {
      for (const notice of notices) {
        logger.error("alert_lost", `${receiver} was not told: ${told(notice)}: ${message}`, {
          receiver,
          ...fieldsOf(notice),
        });
      }
    },
  };
}

const told = ({ kind, problem }: Notice): string => `${problem.key} ${kind} (${problem.reason})`;

const fieldsOf = ({ kind, problem }: Notice) => ({
  alert: problem.key,
  kind,
  component: problem.component,
  reason: problem.reason,
});
