import { assertNever } from "./assert-never.js";

/** What a check found, or what a component came to once its checks have answered. */
export type Verdict = "healthy" | "degraded" | "unhealthy";

/** A component's status. `unknown` until every critical check has answered once. */
export type Status = Verdict | "unknown";

/** The status as `grpc.health.v1` names it. */
export type ServingStatus = "SERVING" | "NOT_SERVING" | "UNKNOWN";

/** Degraded still takes traffic: `grpc.health.v1` has no word for it, the HTTP probe and the gauges do. */
export function servingStatus(status: Status): ServingStatus {
  switch (status) {
    case "healthy":
    case "degraded":
      return "SERVING";
    case "unhealthy":
      return "NOT_SERVING";
    case "unknown":
      return "UNKNOWN";
    default:
      return assertNever(status);
  }
}

/** Order of badness. `unknown` ranks above `degraded`: no data is never healthy, and a known failure outranks no data. */
const badness: Record<Status, number> = { healthy: 0, degraded: 1, unknown: 2, unhealthy: 3 };

/** Negative when `a` is better than `b`, positive when it is worse, 0 when they are the same. */
export function compareStatus(a: Status, b: Status): number {
  return badness[a] - badness[b];
}
