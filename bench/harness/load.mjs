// The load generator (bench/load), started on its own core.

import { Child } from "./child.mjs";
import { loadCpu, milliseconds, monotonicNs } from "./proc.mjs";
import { loadProgram } from "./tools.mjs";

const servingTimeoutMs = 15_000;
const statusNumbers = { SERVING: 1, NOT_SERVING: 2 };

/**
 * Makes `plan.calls` Check calls. `inFlight` calls are open on each connection at any time, or, with `perSecond`, calls
 * leave on schedule. `service` is the name asked for. Fails unless every answer is OK and SERVING.
 */
export async function check(server, { calls, connections, inFlight = 1, perSecond = 0, fresh = false, service = "" }) {
  const load = new Child("load check", loadCpu, [
    loadProgram,
    "check",
    `-addr=${server.address}`,
    `-calls=${calls}`,
    `-connections=${connections}`,
    `-in-flight=${inFlight}`,
    `-per-second=${perSecond}`,
    `-fresh=${fresh}`,
    `-service=${service}`,
  ]);
  try {
    return await load.nextLine();
  } finally {
    await load.stop();
  }
}

/** Calls until the server says SERVING, then often enough for its code to be compiled. */
export async function warmUp(server, plan) {
  const giveUpNs = monotonicNs() + BigInt(servingTimeoutMs) * 1_000_000n;
  for (;;) {
    try {
      await check(server, { calls: 1, connections: 1, service: plan.service });
      break;
    } catch (error) {
      if (monotonicNs() > giveUpNs) {
        throw new Error(`${server.name} does not serve ${servingTimeoutMs / 1000} s after it is ready`, {
          cause: error,
        });
      }
    }
  }
  await check(server, plan);
}

/** Holds Watch streams open. */
export class Watchers {
  #load;

  constructor(server, { connections, streams }) {
    this.#load = new Child("load watch", loadCpu, [
      loadProgram,
      "watch",
      `-addr=${server.address}`,
      `-connections=${connections}`,
      `-streams=${streams}`,
    ]);
  }

  /** Resolves when every watcher has its first message. */
  async watching() {
    await this.#load.event("watching");
  }

  /** Makes the server NOT_SERVING; gives the milliseconds from when it set that to when the last watcher was told. */
  async tellNotServing(server) {
    const told = await this.expect("NOT_SERVING");
    const setNs = await server.stopServing();
    return milliseconds(setNs, await told());
  }

  async tellServing(server) {
    const told = await this.expect("SERVING");
    await server.resumeServing();
    await told();
  }

  /** Arms the load generator for a change; the function it gives waits for the time (CLOCK_MONOTONIC) of the last one. */
  async expect(status) {
    this.#load.write(statusNumbers[status]);
    await this.#load.event("armed");
    return async () => BigInt((await this.#load.event("told")).lastNs);
  }

  async stop() {
    await this.#load.stop();
  }
}

/** Calls once, as soon as it is told an address; started beforehand, so that its own start costs nothing. */
export class FirstCaller {
  #load = new Child("load first", loadCpu, [loadProgram, "first"]);

  /** The time (CLOCK_MONOTONIC) of the answer. */
  async call(address) {
    this.#load.write(address);
    return BigInt((await this.#load.nextLine()).answeredNs);
  }

  async stop() {
    await this.#load.stop();
  }
}
