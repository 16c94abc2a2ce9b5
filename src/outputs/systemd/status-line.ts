import { assertNever } from "../../core/assert-never.js";
import { shortened } from "../../core/one-line.js";
import type { ComponentState } from "../../core/registry.js";

/** Longer texts help nobody in `systemctl status`, which shows one line. */
const maxLength = 400;

/** What `systemctl status` shows of readiness: one line, with the reason where there is one. */
export function statusLine(readiness: Pick<ComponentState, "status" | "reason" | "message"> | undefined): string {
  if (readiness === undefined) return "starting";
  const { status, reason, message } = readiness;
  switch (status) {
    case "healthy":
      return "ready";
    case "degraded":
      return oneLine(`ready, but degraded: ${reason}: ${message}`);
    case "unhealthy":
    case "unknown":
      return oneLine(`not ready: ${reason}: ${message}`);
    default:
      return assertNever(status);
  }
}

/** A line break would begin another assignment of the protocol, such as one that a check's answer chose. */
const oneLine = (text: string): string => shortened(text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " "), maxLength);
