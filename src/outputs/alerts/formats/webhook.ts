import { createHmac } from "node:crypto";
import { outcomeOfStatus } from "../outcome.js";
import { type Format, iso, jsonHeaders, type Message, type TargetOf } from "./message.js";

/**
 * Generic JSON, with the headers and the signature of Standard Webhooks 1.0.0: the HMAC-SHA256 of id, seconds since 1970
 * and body, joined by dots.
 */
export const webhook: Format<TargetOf<"webhook">> = {
  batch: 1,
  perMinute: 600,
  request([message], { url, secret, headers }, { wallMs }) {
    const body = JSON.stringify(payload(message));
    const seconds = String(Math.floor(wallMs / 1000));
    return {
      url,
      headers: {
        ...headers,
        ...jsonHeaders,
        "webhook-id": message.id,
        "webhook-timestamp": seconds,
        ...(secret === undefined ? {} : { "webhook-signature": signature(secret, message.id, seconds, body) }),
      },
      body,
    };
  },
  outcome: (answer, { wallMs }) => outcomeOfStatus(answer, wallMs),
};

function payload(message: Message) {
  const { kind, key, host, check, component, components, severity, status, reason, consecutiveFailures } = message;
  return {
    version: 1,
    event: kind,
    state: kind === "resolved" ? "resolved" : "firing",
    key,
    host,
    component,
    components,
    check,
    severity,
    status,
    reason,
    message: message.message,
    since: iso(message.sinceWallMs),
    remedy: message.remedy ?? null,
    runbook: message.runbook ?? null,
    description: message.description ?? null,
    faults: message.faults,
    consequences: message.consequences,
    consecutiveFailures,
  };
}

/** A secret that begins with `whsec_` is base64 after that, as the standard has it; any other one is its bytes. */
function signature(secret: string, id: string, seconds: string, body: string): string {
  const prefix = "whsec_";
  const key = secret.startsWith(prefix)
    ? Buffer.from(secret.slice(prefix.length), "base64")
    : Buffer.from(secret, "utf8");
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}
