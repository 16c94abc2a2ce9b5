import { assertNever } from "../core/assert-never.js";
import type { LiveState } from "./state.js";

/** What the status means for traffic. */
export function headline({ status, drain }: Pick<LiveState, "status" | "drain">): string {
  if (drain?.reason === "shutting_down") return "Shutting down";
  if (drain !== undefined) return "Draining";
  switch (status) {
    case "healthy":
      return "Ready";
    case "degraded":
      return "Ready, but degraded";
    case "unhealthy":
      return "Not ready";
    case "unknown":
      return "Not known yet";
    default:
      return assertNever(status);
  }
}

/** How a verdict looks: a drain is on purpose and no failure. */
export type Tone = LiveState["status"] | "draining";

export const toneOf = ({ status, drain }: Pick<LiveState, "status" | "drain">): Tone =>
  drain === undefined ? status : "draining";
