import type { Clock } from "../core/clock.js";
import type { AdminRequest } from "../outputs/http/admin-app.js";
import { FlapFilter } from "../outputs/log/flapping.js";
import type { LogFields, Logger, LogLevel } from "../outputs/log/logger.js";

/** A request could bring megabytes of path. */
const maxPathLength = 300;

/** What programs send again and again while all is well. */
const reports = /^\/admin\/(components|heartbeats)\//;

/** Logs requests that change the server, and those that failed in it; of many alike the first few, and then sums. */
export function logRequests(logger: Logger, clock: Clock) {
  const refusals = new FlapFilter<AdminRequest>(clock, ({ method, status }, count) => {
    logger.warn("admin_request", `${count} more ${method} requests were answered ${status}`, { method, status, count });
  });
  const failures = new FlapFilter<void>(clock, (_, count) => {
    logger.error("request_failed", `${count} more requests failed in the server`, { count });
  });
  return {
    answered(request: AdminRequest): void {
      const { method, status, traceId } = request;
      if (status >= 400 && refusals.change(`${method} ${status}`, request) !== "log") return;
      const path = request.path.slice(0, maxPathLength);
      const message = `${method} ${path} was answered ${status}`;
      logger[levelOf(request)]("admin_request", message, { method, path, status, ...trace(traceId) });
    },
    failed(error: unknown, traceId?: string): void {
      if (failures.change("", undefined) !== "log") return;
      logger.error("request_failed", "a request failed in the server", { err: error, ...trace(traceId) });
    },
  };
}

function levelOf({ path, status }: AdminRequest): LogLevel {
  if (status >= 400) return "warn";
  return reports.test(path) ? "debug" : "info";
}

const trace = (traceId: string | undefined): LogFields => (traceId === undefined ? {} : { trace_id: traceId });
