import { lost, present, type Reading } from "../../core/result.js";
import { type ProcessStat, ticksPerSecond } from "./process-stat.js";

/** CPU time between two looks. A pid that was used again meanwhile is another process. */
export class ProcessCpu {
  private before: { readonly atMs: number; readonly ticks: ReadonlyMap<string, number> } | undefined;

  /**
   * Cores in use on average since the look before, 1 for one core all the time, of all processes that were there then;
   * no data at the first look, or where none of them was. `nowMs` is on the monotonic clock.
   */
  coresSinceLastLook(processes: readonly ProcessStat[], nowMs: number): Reading<number> {
    const { before } = this;
    const ticks = new Map(processes.map((each) => [`${each.pid} ${each.startTicks}`, each.cpuTicks]));
    this.before = { atMs: nowMs, ticks };
    if (before === undefined || nowMs <= before.atMs) return lost;
    const used = [...ticks].flatMap(([key, now]) => {
      const earlier = before.ticks.get(key);
      return earlier === undefined ? [] : [now - earlier];
    });
    if (used.length === 0) return lost;
    const usedSeconds = used.reduce((sum, each) => sum + each, 0) / ticksPerSecond;
    return present(usedSeconds / ((nowMs - before.atMs) / 1000));
  }
}
