import { setTimeout as delay } from "node:timers/promises";
import type { Envoy } from "./envoy.js";

const pauseMs = 5;

/** Clients that send requests through Envoy all the time, one after another each, until they are stopped. */
export class Traffic {
  readonly failures: string[] = [];
  /** Requests answered, by the name of who answered. */
  readonly answered = new Map<string, number>();
  worstMs = 0;
  private isStopped = false;
  private readonly done: Promise<unknown>;

  constructor(
    private readonly envoy: Envoy,
    names: readonly string[],
    clients: number,
  ) {
    for (const name of names) this.answered.set(name, 0);
    this.done = Promise.all(Array.from({ length: clients }, () => this.sendAgainAndAgain()));
  }

  get sent(): number {
    return [...this.answered.values()].reduce((sum, count) => sum + count, this.failures.length);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
  }

  private async sendAgainAndAgain(): Promise<void> {
    while (!this.isStopped) {
      const startedAtMs = performance.now();
      const answer = await this.envoy.send().catch((error: unknown) => String(error));
      this.worstMs = Math.max(this.worstMs, performance.now() - startedAtMs);
      const count = this.answered.get(answer);
      if (count === undefined) this.failures.push(answer);
      else this.answered.set(answer, count + 1);
      await delay(pauseMs);
    }
  }
}
