import { oneLine } from "../core/one-line.js";
import { givenReason, type Report } from "../core/report.js";
import type { ReportReason } from "../core/report-reasons.js";
import type { Verdict } from "../core/status.js";
import {
  componentName,
  heartbeatBody,
  longestSentence,
  problemsOf,
  reasonCode,
  verdict,
} from "../outputs/http/admin-bodies.js";
import type { ComponentReport } from "../runtime/reports.js";
import type { StatusOptions } from "./health.js";

/** What a program says for people, as long as what is reported from outside may be: errors have line breaks. */
export const sentence = (message: string): string => oneLine(String(message), longestSentence);

/** @throws Error on what could not be served, logged or counted. */
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
  if (!verdict.safeParse(status).success) {
    throw new Error(`a component cannot be set to ${JSON.stringify(status)}: set healthy, degraded or unhealthy`);
  }
  if (reason !== undefined && !reasonCode.safeParse(reason).success) {
    throw new Error(`the reason ${JSON.stringify(reason)} is not snake_case: put a sentence into options.message`);
  }
  if (ttlMs !== undefined && !(ttlMs > 0)) {
    throw new Error(`ttlMs is ${ttlMs}: give how many milliseconds the status holds, or leave it out`);
  }
  return {
    status,
    reason: givenReason(status, reason) ?? (status === "healthy" ? "ok" : (`set_${status}` satisfies ReportReason)),
    message: message === undefined ? `set to ${status} by the program` : sentence(message),
    ttlMs,
  };
}

/** @throws Error on what a heartbeat check could not take. */
export function heartbeatReport(report: Partial<Report>): Report {
  const { message } = report;
  const parsed = heartbeatBody.safeParse(message === undefined ? report : { ...report, message: sentence(message) });
  if (parsed.success) return parsed.data;
  throw new Error(`the report cannot be taken: ${problemsOf(parsed.error).join("; ")}`);
}
