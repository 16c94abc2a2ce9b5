import type { AlertReceiver, AlertRule, AlertTarget } from "../../../src/core/alerting.js";
import type { Problem } from "../../../src/core/problem.js";

/** Told after three failures, resolved after half a minute. */
export const rule: AlertRule = {
  after: 3,
  forMs: 0,
  keepFiringForMs: 30_000,
  repeatEveryMs: 3_600_000,
  severity: "warning",
  sendResolved: true,
  draining: false,
};

export const receiver = (target: AlertTarget, more: Partial<AlertReceiver> = {}): AlertReceiver => ({
  name: "ops",
  rule,
  target,
  timeoutMs: 10_000,
  ...more,
});

/** A cache that has refused three connections. */
export const problem = (more: Partial<Problem> = {}): Problem => ({
  key: "cache",
  check: "cache",
  component: "inference",
  components: ["readiness", "inference"],
  severity: "critical",
  status: "unhealthy",
  reason: "connection_refused",
  message: "127.0.0.1:6379: the connection was refused after 1 ms",
  remedy: "see whether the program is running and listens at this address",
  runbook: "https://wiki.example/cache",
  faults: [],
  consequences: [],
  consecutiveFailures: 3,
  isCertain: false,
  sinceMs: 0,
  sinceWallMs: Date.UTC(2026, 0, 1),
  ...more,
});
