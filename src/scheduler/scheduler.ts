import type { ScheduledCheck } from "../core/check.js";
import { type SlotLimits, Slots } from "./slots.js";
import { Task, type TaskOptions } from "./task.js";

/** As many as an event loop starts in a few milliseconds; of runs that hang, 1280 a second can begin. */
const slotLimits: SlotLimits = { slots: 32, heldMs: 25 };

/** Multiples of it, taken modulo 1, are spread evenly however many there are. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** Runs checks at their intervals, side by side, and is the only one that publishes into the registry. */
export class Scheduler {
  private readonly tasks = new Map<string, Task>();
  private readonly slots: Slots;
  private added = 0;

  constructor(private readonly options: TaskOptions) {
    this.slots = new Slots(options.clock, slotLimits);
  }

  /** Starts a check; its first run begins at once. Its name must not be running already: remove that one first. */
  add(scheduled: ScheduledCheck): void {
    if (this.tasks.has(scheduled.name)) throw new Error(`check ${scheduled.name} is already scheduled`);
    const task = new Task(scheduled, this.options, this.slots, (this.added * goldenRatio) % 1);
    this.added += 1;
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
