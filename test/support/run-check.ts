import { catalogue } from "../../src/checks/catalogue.js";
import type { Check } from "../../src/core/check.js";
import { type Clock, systemClock } from "../../src/core/clock.js";
import { EventLoopDelays } from "../../src/core/event-loop-delays.js";
import type { Result } from "../../src/core/result.js";
import { noGpus } from "../../src/gpu/source.js";
import { failed } from "../../src/scheduler/failure.js";

/** A check of this type, with options as a configuration file gives them. `timeoutMs`: the deadline that it is told. */
export function createCheck(type: string, options: unknown, clock: Clock = systemClock, timeoutMs = 5000): Check {
  const declared = catalogue.find((each) => each.type === type);
  if (declared === undefined) throw new Error(`no check type ${type}`);
  const eventLoop = new EventLoopDelays(clock);
  const context = { clock, eventLoop, gpus: noGpus, gpuStallAfterMs: 5000, timeoutMs };
  return declared.create(declared.options().parse(options), context);
}

/** One run; a rejection becomes the result that the scheduler makes of it. */
export async function runOnce(check: Check, signal: AbortSignal = new AbortController().signal): Promise<Result> {
  try {
    const answer = await check.run(signal);
    if ("status" in answer) return answer;
    throw new Error(`expected one result, got ${answer.length}`);
  } catch (error) {
    return failed(error);
  }
}
