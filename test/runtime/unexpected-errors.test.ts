import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { createLogger } from "../../src/outputs/log/logger.js";
import { surviveUnexpectedErrors } from "../../src/runtime/unexpected-errors.js";
import { ManualClock } from "../support/manual-clock.js";

it("logs where an error was thrown that nobody caught, counts the rest, and repeats no word of it", () => {
  const clock = new ManualClock();
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    level: "info",
    sink: (text, done) => {
      lines.push(
        ...text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as Record<string, unknown>),
      );
      done();
    },
  });
  const source = new EventEmitter();
  const errors = surviveUnexpectedErrors(source, logger, clock);

  source.emit("uncaughtException", Object.assign(new TypeError("password hunter2"), { code: "E_DRIVER" }));
  for (let more = 0; more < 100; more += 1) source.emit("unhandledRejection", "a string");
  expect(lines).toMatchObject([
    { level: "error", event: "unexpected_error", count: 1, notLogged: 0, type: "TypeError", code: "E_DRIVER" },
  ]);
  expect(lines[0]?.stack).toContainEqual(expect.stringContaining("unexpected-errors.test.ts"));
  expect(JSON.stringify(lines)).not.toContain("hunter2");

  clock.advance(10_000);
  source.emit("unhandledRejection", "a string");
  expect(lines[1]).toMatchObject({ count: 102, notLogged: 100, type: "string" });
  expect(errors.count()).toBe(102);
});
