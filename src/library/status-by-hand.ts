import type { ReportReason } from "../core/report-reasons.js";
import type { Verdict } from "../core/status.js";
import { componentName } from "../outputs/http/admin-bodies.js";
import type { ComponentReport } from "../runtime/reports.js";
import type { StatusOptions } from "./health.js";

/** @throws Error on a name or a reason that could not be served, logged or counted. */
export function componentReport(
  component: string,
  status: Verdict,
  reason: string | undefined,
  { message, ttlMs }: StatusOptions,
): ComponentReport {
  const name = componentName.safeParse(component);
  if (!name.success) {
    throw new Error(`${JSON.stringify(component)} cannot name a component: ${name.error.issues[0]?.message}`);
  }
  if (reason !== undefined && !/^[a-z][a-z0-9_]{0,63}$/.test(reason)) {
    throw new Error(`the reason ${JSON.stringify(reason)} is not snake_case: put a sentence into options.message`);
  }
  return {
    status,
    reason: reason ?? (status === "healthy" ? "ok" : (`set_${status}` satisfies ReportReason)),
    message: message ?? `set to ${status} by the program`,
    ttlMs,
  };
}
