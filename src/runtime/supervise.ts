import type { Configuration } from "../config/configuration.js";
import type { Clock } from "../core/clock.js";
import type { Registry } from "../core/registry.js";
import type { SupervisionCounts } from "../core/supervision.js";
import type { Logger } from "../outputs/log/logger.js";
import { actionFor } from "../outputs/supervise/action.js";
import { Supervisor } from "../outputs/supervise/supervisor.js";

/** Every supervised program of a configuration. */
export class Supervisors {
  readonly all: readonly Supervisor[];

  constructor(
    supervise: Configuration["supervise"],
    { registry, clock, logger }: { readonly registry: Registry; readonly clock: Clock; readonly logger: Logger },
  ) {
    this.all = Object.entries(supervise).map(
      ([name, supervision]) =>
        new Supervisor({
          name,
          supervision,
          action: actionFor(supervision, clock),
          registry,
          clock,
          random: Math.random,
          log: logger,
        }),
    );
  }

  /** Starts the programs that are ours. Rejects with the first that cannot be started. */
  async start(): Promise<void> {
    for (const supervisor of this.all) await supervisor.start();
  }

  /** From now on nothing is restarted; programs go on. */
  stop(): void {
    for (const supervisor of this.all) void supervisor.stop();
  }

  async end(deadlineMs: number): Promise<void> {
    await Promise.all(this.all.map((supervisor) => supervisor.end(deadlineMs)));
  }

  kill(): void {
    for (const supervisor of this.all) supervisor.kill();
  }

  signal(signal: NodeJS.Signals): void {
    for (const supervisor of this.all) supervisor.signal(signal);
  }

  counts(): readonly SupervisionCounts[] {
    return this.all.map(({ counts }) => counts);
  }
}
