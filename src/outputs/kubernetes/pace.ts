import type { NodeVerdict } from "./verdict.js";

/**
 * How often the condition is written while nothing changes: as often as the node problem detector and a kubelet with a
 * lease do it. Each node takes its own time around it, so that a fleet does not march in step.
 */
const heartbeatMs = 300_000;
const heartbeatJitter = 0.2;

/** Bad news is told at once. What got better, or is wrong in another way, must have been so for this long. */
const settledMs = 10_000;

/** `Unknown` is normal while a driver starts, and right after this program did: what was said before holds this long. */
const unknownForMs = 60_000;

export const nextHeartbeatMs = (random: () => number): number =>
  heartbeatMs * (1 - heartbeatJitter + 2 * heartbeatJitter * random());

/** How long a verdict that differs from what was written must last before it is written. */
export function holdMs(written: Pick<NodeVerdict, "status" | "fatal"> | undefined, now: NodeVerdict): number {
  if (now.status === "Unknown") return unknownForMs;
  if (written === undefined) return 0;
  const isWorse = rank[now.status] > rank[written.status];
  const isNewlyFatal = now.fatal.kind === "present" && written.fatal.kind !== "present";
  return isWorse || isNewlyFatal ? 0 : settledMs;
}

const rank: Readonly<Record<NodeVerdict["status"], number>> = { True: 0, Unknown: 1, False: 2 };
