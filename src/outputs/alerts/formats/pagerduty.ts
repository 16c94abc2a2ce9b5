import { createHash } from "node:crypto";
import { outcomeOfStatus } from "../outcome.js";
import { type Format, iso, jsonHeaders, type Message, type TargetOf, titleOf } from "./message.js";

/** PagerDuty's Events API v2: 120 events a minute for each routing key, and 429 beyond. */
export const pagerduty: Format<TargetOf<"pagerduty">> = {
  batch: 1,
  perMinute: 120,
  request: ([message], { url, routingKey }) => ({
    url,
    headers: jsonHeaders,
    body: JSON.stringify({
      routing_key: routingKey,
      dedup_key: dedupKey(message),
      ...(message.kind === "resolved" ? { event_action: "resolve" } : triggerOf(message)),
    }),
  }),
  outcome: (answer, { wallMs }) => outcomeOfStatus(answer, wallMs),
};

function triggerOf(message: Message) {
  const { severity, host, component, check, reason, runbook } = message;
  return {
    event_action: "trigger",
    client: "gpu-health",
    payload: {
      summary: cut(`${titleOf(message)}: ${message.message}`, 1024),
      source: host,
      severity,
      timestamp: iso(message.sinceWallMs),
      component,
      group: check,
      class: reason,
      custom_details: {
        message: message.message,
        remedy: message.remedy ?? null,
        components: message.components,
        consequences: message.consequences,
        faults: message.faults,
        consecutive_failures: message.consecutiveFailures,
      },
    },
    ...(runbook === undefined ? {} : { links: [{ href: runbook, text: "Runbook" }] }),
  };
}

/** The same for a problem of this host as long as it lasts, through restarts too; 255 characters at most. */
function dedupKey({ host, key }: Message): string {
  const full = `gpu-health/${host}/${key}`;
  return full.length <= 255 ? full : `gpu-health/${createHash("sha256").update(full).digest("hex")}`;
}

const cut = (text: string, maxCharacters: number): string =>
  text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters - 1)}…`;
