import { describe, expect, it } from "vitest";
import type { AlertRule } from "../../../src/core/alerting.js";
import type { Problem } from "../../../src/core/problem.js";
import { type AlertState, decide, firingIn, type Situation } from "../../../src/outputs/alerts/decision.js";
import { problem, rule } from "./problems.js";

/** One receiver through a story; gives what it is told at each step, as `kind key`. */
class Story {
  private state: AlertState = new Map();
  constructor(private rule: AlertRule) {}

  at(nowMs: number, problems: readonly Problem[], more: Partial<Situation> = {}): readonly string[] {
    const situation = { problems, drain: undefined, isTurnedAway: false, nowMs, ...more };
    const { state, notices } = decide(this.rule, this.state, situation);
    this.state = state;
    return notices.map(({ kind, problem }) => `${kind} ${problem.key}`);
  }

  get firing(): number {
    return firingIn(this.state);
  }

  reloadWith(rule: AlertRule): void {
    this.rule = rule;
  }
}

const failing = (consecutiveFailures: number, more: Partial<Problem> = {}) => problem({ consecutiveFailures, ...more });

describe("decide", () => {
  it("tells after so many failures in a row, once, and that it is over when it has been over for a while", () => {
    const story = new Story(rule);
    expect(story.at(1000, [failing(1)])).toEqual([]);
    expect(story.at(2000, [failing(2)])).toEqual([]);
    expect(story.at(3000, [failing(3)])).toEqual(["firing cache"]);
    expect(story.at(4000, [failing(4)])).toEqual([]);
    expect(story.at(5000, [])).toEqual([]);
    expect(story.at(34_999, [])).toEqual([]);
    expect(story.firing).toBe(1);
    expect(story.at(35_000, [])).toEqual(["resolved cache"]);
    expect(story.firing).toBe(0);
    expect(story.at(36_000, [])).toEqual([]);
  });

  it("tells what flaps once, and that it is over once", () => {
    const story = new Story(rule);
    const told = Array.from({ length: 50 }, (_, second) =>
      story.at(second * 10_000, second % 3 === 2 ? [] : [failing(3)]),
    ).flat();
    expect(told).toEqual(["firing cache"]);
    expect([500_000, 530_000, 560_000].flatMap((nowMs) => story.at(nowMs, []))).toEqual(["resolved cache"]);
  });

  it("waits for as long as the rule says", () => {
    const story = new Story({ ...rule, after: 1, forMs: 60_000 });
    expect(story.at(59_999, [failing(20)])).toEqual([]);
    expect(story.at(60_000, [failing(20)])).toEqual(["firing cache"]);
  });

  it("counts no failures of what is degraded, and none of what is certain", () => {
    const degraded = { status: "degraded", severity: "warning", consecutiveFailures: 0 } as const;
    expect(new Story(rule).at(0, [problem(degraded)])).toEqual(["firing cache"]);
    const certain = new Story({ ...rule, forMs: 60_000 });
    expect(certain.at(59_999, [failing(1, { isCertain: true })])).toEqual([]);
    expect(certain.at(60_000, [failing(1, { isCertain: true })])).toEqual(["firing cache"]);
  });

  it("tells at once when it gets worse, or when a certain fault of another name comes", () => {
    const story = new Story(rule);
    story.at(0, [problem({ severity: "warning" })]);
    expect(story.at(1000, [problem()])).toEqual(["changed cache"]);
    expect(story.at(2000, [problem({ reason: "timeout" })])).toEqual([]);
    expect(story.at(3000, [problem({ severity: "warning" })])).toEqual([]);
    expect(story.at(4000, [problem({ reason: "xid_79", isCertain: true })])).toEqual(["changed cache"]);
    expect(story.at(5000, [problem({ reason: "xid_79", isCertain: true })])).toEqual([]);
  });

  it("repeats what goes on", () => {
    const story = new Story(rule);
    story.at(0, [problem()]);
    expect(story.at(rule.repeatEveryMs - 1, [problem()])).toEqual([]);
    expect(story.at(rule.repeatEveryMs, [problem()])).toEqual(["repeated cache"]);
    expect(story.at(rule.repeatEveryMs + 1000, [problem()])).toEqual([]);
  });

  it("leaves consequences to their cause, and gives them time to recover when it is gone", () => {
    const story = new Story(rule);
    const database = problem({ key: "database", check: "database", consequences: ["cache"] });
    const consequence = (failures: number) => failing(failures, { consequenceOf: "database" });
    expect(story.at(0, [consequence(8), database])).toEqual(["firing database"]);
    expect(story.at(60_000, [consequence(20), database])).toEqual([]);
    // The database is back, and the cache has not been looked at since.
    expect(story.at(61_000, [failing(20)])).toEqual([]);
    expect(story.at(62_000, [failing(22)])).toEqual([]);
    expect(story.at(63_000, [failing(23)])).toEqual(["firing cache"]);
    // A streak that began anew counts from its beginning.
    const other = new Story(rule);
    other.at(0, [consequence(20), database]);
    expect(other.at(5000, [failing(2)])).toEqual([]);
    expect(other.at(6000, [failing(3)])).toEqual(["firing cache"]);
  });

  it("does not repeat what turned out to be a consequence, and says when that is over", () => {
    const story = new Story(rule);
    expect(story.at(0, [problem()])).toEqual(["firing cache"]);
    const folded = problem({ consequenceOf: "database" });
    expect(story.at(rule.repeatEveryMs, [folded])).toEqual([]);
    expect([1, 31_000].flatMap((ms) => story.at(rule.repeatEveryMs + ms, []))).toEqual(["resolved cache"]);
  });

  it("tells nothing new while traffic is turned away on purpose, but what is over", () => {
    const story = new Story(rule);
    const other = problem({ key: "model" });
    story.at(0, [other]);
    expect(story.at(1000, [other, failing(30)], { isTurnedAway: true })).toEqual([]);
    expect(story.at(2000, [failing(31)], { isTurnedAway: true })).toEqual([]);
    expect(story.at(40_000, [failing(40)], { isTurnedAway: true })).toEqual(["resolved model"]);
    expect(story.at(41_000, [failing(41)])).toEqual([]);
    expect(story.at(43_000, [failing(43)])).toEqual(["firing cache"]);
  });

  it("tells of a drain once, where it is asked to", () => {
    const drain = problem({ key: "(drain)", reason: "draining", isCertain: true });
    const more = { drain, isTurnedAway: true };
    expect(new Story(rule).at(0, [], more)).toEqual([]);
    const story = new Story({ ...rule, draining: true });
    expect([0, 1000, 2000].flatMap((nowMs) => story.at(nowMs, [failing(9)], more))).toEqual(["firing (drain)"]);
    expect([3000, 33_000].flatMap((nowMs) => story.at(nowMs, []))).toEqual(["resolved (drain)"]);
  });

  it("keeps to the severity and the components that are asked for", () => {
    const told = (more: Partial<AlertRule>) => new Story({ ...rule, ...more }).at(0, [gpu, warning]);
    const gpu = problem({ key: "gpu on gpu/3", components: ["gpu", "gpu/3"] });
    const warning = problem({ severity: "warning" });
    expect(told({})).toEqual(["firing gpu on gpu/3", "firing cache"]);
    expect(told({ severity: "critical" })).toEqual(["firing gpu on gpu/3"]);
    expect(told({ components: ["inference"] })).toEqual(["firing cache"]);
    expect(told({ components: ["gpu/*"] })).toEqual(["firing gpu on gpu/3"]);
    expect(told({ components: ["gpu/"] })).toEqual([]);
  });

  it("does not tell of the end where that is not asked for", () => {
    const story = new Story({ ...rule, sendResolved: false });
    story.at(0, [problem()]);
    expect([1, 40_000, 80_000].flatMap((nowMs) => story.at(nowMs, []))).toEqual([]);
    expect(story.firing).toBe(0);
  });
});
