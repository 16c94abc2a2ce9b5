import { describe, expect, it } from "vitest";
import { inRepository } from "../../e2e/support/paths.js";

type Value = number | string | undefined;
interface Round {
  readonly ours: Value;
  readonly before: Value;
  readonly after: Value;
}
interface Bench {
  agrees(round: Round, tolerance: { moves?: number; precision?: number }): boolean;
  verdict(rounds: readonly Round[], field: { moves?: number }, precision: number): { outcome: string };
}

// Plain JavaScript, since it runs where nothing is installed; so it is typed here.
const { agrees, verdict }: Bench = await import(inRepository("bench/gpu/compare.mjs"));

const looks = (ours: Value, before: Value, after: Value): Round => ({ ours, before, after });

describe("a reading and a reference that was asked before and after it", () => {
  it("has to be the same where nothing may move", () => {
    expect(agrees(looks(700, 700, 700), {})).toBe(true);
    expect(agrees(looks(700, 650, 650), {})).toBe(false);
    expect(agrees(looks("NVIDIA L4", "NVIDIA L40", "NVIDIA L40"), {})).toBe(false);
  });

  it("may lie anywhere between the two, give or take what it moves by", () => {
    expect(agrees(looks(45, 40, 50), { moves: 2 })).toBe(true);
    expect(agrees(looks(52, 40, 50), { moves: 2 })).toBe(true);
    expect(agrees(looks(53, 40, 50), { moves: 2 })).toBe(false);
  });

  it("is not held against what the reference rounds away", () => {
    expect(agrees(looks(76.004, 76, 76), { precision: 0.01 })).toBe(true);
    expect(agrees(looks(76.1, 76, 76), { precision: 0.01 })).toBe(false);
  });

  it("is absent in both or in neither, and 0 is not absent", () => {
    expect(agrees(looks(undefined, undefined, undefined), {})).toBe(true);
    expect(agrees(looks(0, undefined, undefined), {})).toBe(false);
    expect(agrees(looks(undefined, 0, 0), {})).toBe(false);
  });

  it("has to agree in every round, or in one where the value moves", () => {
    const rounds = [looks(90, 10, 10), looks(11, 10, 10)];
    expect(verdict(rounds, { moves: 2 }, 0)).toMatchObject({ outcome: "ok", ours: 11 });
    expect(verdict(rounds, {}, 2)).toMatchObject({ outcome: "differs", ours: 90 });
  });
});
