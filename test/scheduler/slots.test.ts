import { beforeEach, describe, expect, it } from "vitest";
import { Slots } from "../../src/scheduler/slots.js";
import { ManualClock } from "../support/manual-clock.js";

describe("Slots", () => {
  let clock: ManualClock;
  let slots: Slots;
  let started: string[];
  let leave: Record<string, () => void>;

  beforeEach(() => {
    clock = new ManualClock();
    slots = new Slots(clock, { slots: 2, heldMs: 25 });
    started = [];
    leave = {};
  });

  const take = (name: string): (() => void) =>
    slots.take((end) => {
      started.push(name);
      leave[name] = end;
    });

  it("starts at once what finds a slot, and the others in turn as slots are given back", () => {
    for (const name of ["a", "b", "c", "d"]) take(name);
    expect(started).toEqual(["a", "b"]);
    leave.b?.();
    expect(started).toEqual(["a", "b", "c"]);
    leave.a?.();
    expect(started).toEqual(["a", "b", "c", "d"]);
  });

  it("takes the slot from what holds it too long", () => {
    for (const name of ["a", "b", "c", "d", "e"]) take(name);
    clock.advance(24);
    expect(started).toEqual(["a", "b"]);
    clock.advance(1);
    expect(started).toEqual(["a", "b", "c", "d"]);
    clock.advance(25);
    expect(started).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("gives no slot back twice", () => {
    for (const name of ["a", "b", "c", "d"]) take(name);
    clock.advance(10);
    leave.a?.();
    leave.a?.();
    expect(started).toEqual(["a", "b", "c"]);
    clock.advance(15);
    expect(started).toEqual(["a", "b", "c", "d"]);
    leave.b?.();
    take("e");
    expect(started).toEqual(["a", "b", "c", "d"]);
  });

  it("starts any number of runs that end at once", () => {
    const many = 10_000;
    take("a");
    take("b");
    for (let each = 0; each < many; each++)
      slots.take((end) => {
        started.push("short");
        end();
      });
    leave.a?.();
    expect(started).toHaveLength(2 + many);
  });

  it("forgets who does not want to wait any longer, and leaves no timer behind", () => {
    const ends = ["a", "b", "c"].map(take);
    ends[2]?.();
    leave.a?.();
    expect(started).toEqual(["a", "b"]);
    clock.advance(25);
    expect(clock.pending).toBe(0);
  });
});
