import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  amount,
  duration,
  mapping,
  network,
  percent,
  remoteAddress,
  size,
  sustained,
  unknownWord,
} from "../../src/checks/options.js";

const problems = (schema: z.ZodType, given: unknown): readonly string[] => {
  const parsed = schema.safeParse(given);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => [...path, message].join(": "));
};

describe("options with units", () => {
  it("give base units", () => {
    expect(duration().parse("1.5s")).toBe(1500);
    expect(size().parse("2KiB")).toBe(2048);
    expect(percent().parse("90%")).toBe(0.9);
    expect(amount().parse("2KiB")).toEqual({ kind: "bytes", bytes: 2048 });
    expect(amount().parse("10%")).toEqual({ kind: "ratio", ratio: 0.1 });
  });

  it("say how to write what is wrong", () => {
    expect(problems(duration(), 5)).toEqual(["5 has no unit: write 5s, for instance"]);
    expect(problems(duration(), undefined)).toEqual(["missing: expected a duration"]);
    expect(problems(duration(), ["5s"])).toEqual(["expected a duration"]);
    expect(problems(duration({ atLeastMs: 100 }), "1ms")).toEqual(["must be at least 100 ms"]);
    expect(problems(duration(), "25h")).toEqual(["must be at most 24 h"]);
    expect(problems(percent({ atMostRatio: 0.5 }), "51%")).toEqual(["must be at most 50 %"]);
    expect(problems(amount(), 2)).toEqual(["2 has no unit: write 2GiB, for instance"]);
  });
});

describe("sustained", () => {
  it("takes a limit alone or with its time", () => {
    expect(sustained(percent()).parse("95%")).toEqual({ limit: 0.95, forMs: 0 });
    expect(sustained(percent()).parse({ limit: "95%", for: "5m" })).toEqual({ limit: 0.95, forMs: 300_000 });
  });

  it("points into what is wrong", () => {
    expect(problems(sustained(percent()), 95)).toEqual(["95 has no unit: write 95%, for instance"]);
    expect(problems(mapping({ max: sustained(percent()) }), { max: { limit: 95, fro: "5m" } })).toEqual([
      "max: limit: 95 has no unit: write 95%, for instance",
      "max: for: missing: expected a duration",
      'max: unknown key "fro": did you mean for?',
    ]);
  });
});

describe("addresses", () => {
  it("to connect to need a port", () => {
    expect(remoteAddress().parse("db:5432")).toEqual({ kind: "tcp", host: "db", port: 5432 });
    expect(problems(remoteAddress(), "db:0")).toEqual(["port 0 cannot be connected to"]);
  });
});

describe("networks", () => {
  it("are addresses or CIDR", () => {
    expect(["10.0.0.0/8", "::1"].map((text) => network().parse(text))).toEqual(["10.0.0.0/8", "::1"]);
    expect(problems(network(), "10.0.0.0/33")).toEqual(['"10.0.0.0/33" has no valid prefix: it is 0 to 32']);
  });
});

describe("unknownWord", () => {
  it("names the nearest known word, or all when none is near", () => {
    expect(unknownWord("key", "Intervall", ["interval", "timeout"])).toBe(
      'unknown key "Intervall": did you mean interval?',
    );
    expect(unknownWord("key", "colour", ["interval", "timeout"])).toBe(
      'unknown key "colour": known are interval, timeout',
    );
  });

  it("shows the first of very many", () => {
    const known = Array.from({ length: 2000 }, (_, index) => `check-${index}`);
    expect(unknownWord("check", "database", known)).toMatch(/: known are check-0, .*, check-29 and 1970 more$/);
  });

  it("takes letters that changed places for the likelier slip", () => {
    expect(unknownWord("check type", "tpc", ["gpu", "http", "tcp"])).toBe(
      'unknown check type "tpc": did you mean tcp?',
    );
  });

  it("has one line for each unknown key of a mapping", () => {
    expect(problems(mapping({ interval: z.string().optional() }), { x: 1, intervl: 2 })).toEqual([
      'unknown key "x": known are interval\nunknown key "intervl": did you mean interval?',
    ]);
  });
});
