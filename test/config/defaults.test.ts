import { expect, it } from "vitest";
import { defaultCheck, defaultConfiguration } from "../../src/config/defaults.js";
import { loadConfiguration } from "../../src/config/load.js";

it("gives the same without a file as with an empty one", () => {
  expect(loadConfiguration("", "empty.yaml", {})).toEqual({ ok: true, configuration: defaultConfiguration() });
});

it("gives a check of a type with nothing configured", () => {
  const implicit = defaultConfiguration().checks.find(({ type }) => type === "event-loop");
  expect(defaultCheck("event-loop", "built-in/event-loop")).toEqual({ ...implicit, name: "built-in/event-loop" });
  expect(() => defaultCheck("no-such-type", "a")).toThrow("there is no check type no-such-type");
});
