import { expect } from "vitest";
import { catalogue } from "../../src/checks/catalogue.js";
import type { AnyCheckType } from "../../src/checks/check-type.js";
import type { Check } from "../../src/core/check.js";
import { type Clock, systemClock } from "../../src/core/clock.js";
import { EventLoopDelays } from "../../src/core/event-loop-delays.js";
import type { Result } from "../../src/core/result.js";
import { noGpus } from "../../src/gpu/source.js";
import { failed } from "../../src/scheduler/failure.js";
import { gives } from "./reasons.js";

const typeOf = new WeakMap<Check, AnyCheckType>();

/** A check of this type, with options as a configuration file gives them. `timeoutMs`: the deadline that it is told. */
export function createCheck(type: string, options: unknown, clock: Clock = systemClock, timeoutMs = 5000): Check {
  const declared = catalogue.find((each) => each.type === type);
  if (declared === undefined) throw new Error(`no check type ${type}`);
  const eventLoop = new EventLoopDelays(clock);
  const context = { clock, eventLoop, gpus: noGpus, gpuStallAfterMs: 5000, timeoutMs };
  const check = declared.create(declared.options().parse(options), context);
  typeOf.set(check, declared);
  return check;
}

/** One run; a rejection becomes the result that the scheduler makes of it. Its reason must be one that the type declares. */
export async function runOnce(check: Check, signal: AbortSignal = new AbortController().signal): Promise<Result> {
  const result = await resultOf(check, signal);
  const type = typeOf.get(check);
  if (type !== undefined) expect(gives(type, result.reason), `${type.type} declares ${result.reason}`).toBe(true);
  return result;
}

async function resultOf(check: Check, signal: AbortSignal): Promise<Result> {
  try {
    const answer = await check.run(signal);
    if ("status" in answer) return answer;
    throw new Error(`expected one result, got ${answer.length}`);
  } catch (error) {
    return failed(error);
  }
}
