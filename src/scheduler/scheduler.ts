import type { ScheduledCheck } from "../core/check.js";
import { Task, type TaskOptions } from "./task.js";

/** Runs checks at their intervals, side by side, and is the only one that publishes into the registry. */
export class Scheduler {
  private readonly tasks = new Map<string, Task>();

  constructor(private readonly options: TaskOptions) {}

  /** Starts a check. Its name must not be running already: remove that one first. */
  add(scheduled: ScheduledCheck): void {
    if (this.tasks.has(scheduled.name)) throw new Error(`check ${scheduled.name} is already scheduled`);
    const task = new Task(scheduled, this.options);
    this.tasks.set(scheduled.name, task);
    task.start();
  }

  /** Stops a check and forgets what it said. Waits for a run in progress, up to that run's deadline. */
  async remove(name: string): Promise<void> {
    const task = this.tasks.get(name);
    if (task === undefined) return;
    this.tasks.delete(name);
    await task.stop();
    if (!this.tasks.has(name)) this.options.registry.forget(name);
  }

  /** Stops every check. What they said last stays in the registry. */
  async stop(): Promise<void> {
    const tasks = [...this.tasks.values()];
    this.tasks.clear();
    await Promise.all(tasks.map((task) => task.stop()));
  }
}
