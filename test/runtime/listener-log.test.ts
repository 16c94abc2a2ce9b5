import { expect, it } from "vitest";
import type { ListenerEvent } from "../../src/core/listener-state.js";
import { createLogger } from "../../src/outputs/log/logger.js";
import { logListeners } from "../../src/runtime/listener-log.js";
import { ManualClock } from "../support/manual-clock.js";

it("sums up what is refused: a line a minute for each listener and reason, with their number", () => {
  const lines: Record<string, unknown>[] = [];
  const sink = (text: string, done: () => void): void => {
    for (const line of text.trim().split("\n")) lines.push(JSON.parse(line));
    done();
  };
  const clock = new ManualClock();
  const log = logListeners(createLogger({ level: "info", sink }), clock);
  const refused: ListenerEvent = {
    kind: "refused",
    reason: "not_allowed",
    peer: "10.0.0.1",
    detail: "not in the list",
  };
  for (let attempt = 0; attempt < 1000; attempt += 1) log("grpc", "0.0.0.0:1", refused);
  log("grpc", "0.0.0.0:2", refused);
  log("admin", "0.0.0.0:1", { kind: "unauthorized", peer: "10.0.0.1" });
  clock.advance(60_000);
  log("grpc", "0.0.0.0:1", refused);
  expect(lines.map(({ event, address, count }) => [event, address, count])).toEqual([
    ["connection_refused", "0.0.0.0:1", 1],
    ["connection_refused", "0.0.0.0:2", 1],
    ["request_unauthorized", "0.0.0.0:1", 1],
    ["connection_refused", "0.0.0.0:1", 1000],
  ]);
});
