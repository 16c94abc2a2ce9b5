import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { AlertReceiver } from "../core/alerting.js";
import { systemClock } from "../core/clock.js";
import type { Message } from "../outputs/alerts/formats/message.js";
import { send } from "../outputs/alerts/send.js";
import { alertTransport } from "./alerts.js";

/** Sends a test message, and the end of it, so that nothing stays open. Gives why it was not taken. */
export async function testReceiver({ target, timeoutMs }: AlertReceiver): Promise<string | undefined> {
  const clock = systemClock;
  for (const kind of ["firing", "resolved"] as const) {
    const abort = new AbortController();
    const cancel = clock.schedule(timeoutMs, () => abort.abort());
    const outcome = await send([testMessage(kind)], target, alertTransport(clock), clock, abort.signal);
    cancel();
    if (outcome.kind !== "accepted") return outcome.message;
  }
  return undefined;
}

const testMessage = (kind: Message["kind"]): Message => ({
  kind,
  id: randomUUID(),
  host: hostname(),
  key: "test",
  check: "test",
  component: "test",
  components: ["test"],
  severity: "warning",
  status: "degraded",
  reason: "test",
  message: "this is a test: nothing is wrong",
  remedy: "nothing to do",
  faults: [],
  consequences: [],
  consecutiveFailures: 0,
  isCertain: true,
  sinceMs: systemClock.nowMs(),
  sinceWallMs: systemClock.wallMs(),
});
