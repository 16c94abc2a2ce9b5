import { outcomeOfStatus } from "../outcome.js";
import { type Format, iso, jsonHeaders, linesOf, type Message, type TargetOf, titleOf } from "./message.js";

/**
 * How long Alertmanager takes an alert for firing without hearing of it again. It is told each minute, so three messages in
 * a row may be lost.
 */
const validMs = 240_000;

/**
 * Alertmanager's API v2. An alert is told from others by its labels, so what changes while it fires is none, but for the
 * severity, by which people route: one that gets worse is a new alert, and the old one ends by itself.
 */
export const alertmanager: Format<TargetOf<"alertmanager">> = {
  batch: 64,
  perMinute: 600,
  request(messages, { url, headers, labels }, { wallMs }) {
    const base = url.endsWith("/") ? url.slice(0, -1) : url;
    return {
      url: `${base}/api/v2/alerts`,
      headers: { ...headers, ...jsonHeaders },
      body: JSON.stringify(messages.map((message) => alertOf(message, labels, wallMs))),
    };
  },
  outcome: (answer, { wallMs }) => outcomeOfStatus(answer, wallMs),
};

function alertOf(message: Message, labels: Readonly<Record<string, string>>, wallMs: number) {
  const { kind, check, component, host, key, severity, reason, components, remedy, runbook, sinceWallMs } = message;
  return {
    labels: { ...labels, alertname: "GpuHealth", check, component, instance: host, problem: key, severity },
    annotations: {
      summary: titleOf(message),
      description: linesOf(message).join("\n"),
      reason,
      components: components.join(","),
      ...(remedy === undefined ? {} : { remedy }),
      ...(runbook === undefined ? {} : { runbook_url: runbook }),
    },
    startsAt: iso(sinceWallMs),
    // Alertmanager refuses an end before the start.
    endsAt: iso(Math.max(sinceWallMs, kind === "resolved" ? wallMs : wallMs + validMs)),
  };
}
