import type { Status } from "../../core/status.js";
import type { Labels, Sample } from "./collected.js";

const statuses = Object.keys({
  healthy: true,
  degraded: true,
  unhealthy: true,
  unknown: true,
} satisfies Record<Status, true>);

/** One sample for each status: 1 for the present one, 0 for the others, so that a query can sum and compare them. */
export function stateSet(labels: Labels, present: Status): readonly Sample[] {
  return statuses.map((status) => ({ labels: { ...labels, status }, value: status === present ? 1 : 0 }));
}
