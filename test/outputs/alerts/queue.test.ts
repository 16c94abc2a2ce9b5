import { describe, expect, it } from "vitest";
import type { NoticeKind } from "../../../src/outputs/alerts/decision.js";
import { NoticeQueue, type Queued } from "../../../src/outputs/alerts/queue.js";
import { RateLimit } from "../../../src/outputs/alerts/rate-limit.js";
import { problem } from "./problems.js";

const item = (kind: NoticeKind, key: string, attempts = 0): Queued => ({
  notice: { kind, problem: problem({ key }) },
  id: `${kind} ${key}`,
  attempts,
});
const all = (queue: NoticeQueue) => queue.take(1000).map(({ notice }) => `${notice.kind} ${notice.problem.key}`);

function queueOf(capacity: number, ...items: readonly Queued[]): NoticeQueue {
  const queue = new NoticeQueue(capacity);
  for (const each of items) queue.add(each);
  return queue;
}

describe("NoticeQueue", () => {
  it("gives notices in order", () => {
    expect(all(queueOf(9, item("firing", "a"), item("resolved", "b")))).toEqual(["firing a", "resolved b"]);
  });

  it("keeps the newest of each problem, in its place", () => {
    const queue = queueOf(9, item("changed", "a"), item("firing", "b"), item("resolved", "a"));
    expect(all(queue)).toEqual(["resolved a", "firing b"]);
    expect(queue.dropped).toBe(0);
  });

  it("tells for the first time what nobody was told of before", () => {
    expect(all(queueOf(9, item("firing", "a"), item("changed", "a")))).toEqual(["firing a"]);
  });

  it("says nothing of what came and went untold, and says the end of what may have been told", () => {
    expect(all(queueOf(9, item("firing", "a"), item("resolved", "a")))).toEqual([]);
    expect(all(queueOf(9, item("firing", "a", 1), item("resolved", "a")))).toEqual(["resolved a"]);
  });

  it("says the end of what was told, though it came back and went again while that waited", () => {
    const again = [item("firing", "a"), item("resolved", "a")];
    expect(all(queueOf(9, item("resolved", "a"), ...again))).toEqual(["resolved a"]);
    expect(all(queueOf(9, item("firing", "a", 1), item("resolved", "a"), ...again))).toEqual(["resolved a"]);
    const queue = queueOf(9, item("resolved", "a"));
    const taken = queue.take(1);
    queue.add(item("firing", "a"));
    queue.putBack(taken.map((each) => ({ ...each, attempts: 1 })));
    queue.add(item("resolved", "a"));
    expect(all(queue)).toEqual(["resolved a"]);
  });

  it("drops what is needed least, the oldest first, and counts it", () => {
    const queue = queueOf(2, item("firing", "a"), item("repeated", "b"), item("firing", "c"), item("resolved", "d"));
    expect(queue.dropped).toBe(2);
    expect(all(queue)).toEqual(["firing a", "firing c"]);
    const firing = queueOf(2, item("firing", "a"), item("firing", "b"), item("firing", "c"));
    expect(all(firing)).toEqual(["firing b", "firing c"]);
  });

  it("puts back in front what could not be told, unless there is news", () => {
    const queue = queueOf(9, item("firing", "a"), item("firing", "b"), item("firing", "c"));
    const taken = queue.take(2);
    queue.add(item("resolved", "a"));
    queue.putBack(taken.map((each) => ({ ...each, attempts: 1 })));
    expect(all(queue)).toEqual(["firing b", "firing c", "resolved a"]);
  });
});

describe("RateLimit", () => {
  it("lets so many through in any minute", () => {
    const rate = new RateLimit(2);
    expect(rate.waitMs(0)).toBe(0);
    rate.count(0);
    rate.count(20_000);
    expect(rate.waitMs(30_000)).toBe(30_000);
    expect(rate.waitMs(60_000)).toBe(0);
    rate.count(60_000);
    expect(rate.waitMs(60_000)).toBe(20_000);
  });
});
