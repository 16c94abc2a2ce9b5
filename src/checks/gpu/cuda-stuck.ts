import type { CudaReport } from "./cuda-report.js";

/** A call that a killed program is still in. */
export interface StuckCall {
  readonly function: string;
  /** When its program was started, on the monotonic clock, in milliseconds. */
  readonly sinceMs: number;
}

/** Stands for no GPU in particular: the start of CUDA. */
const start = "";

/**
 * Programs that were killed and are not gone, because the driver holds them in a call that cannot be interrupted. One at
 * most for the start of CUDA and one for each GPU: more of them would pile up run by run.
 */
export class StuckPrograms {
  private readonly calls = new Map<string, StuckCall>();

  /** Notes a program that was killed; forgets it when it is gone. */
  add({ callInFlight }: CudaReport, sinceMs: number, gone: Promise<void>): void {
    const key = callInFlight?.uuid ?? start;
    const call: StuckCall = { function: callInFlight?.function ?? "the program", sinceMs };
    this.calls.set(key, call);
    void gone.then(() => {
      if (this.calls.get(key) === call) this.calls.delete(key);
    });
  }

  /** In the start of CUDA: whatever is run next would hang there as well. */
  inStart(): StuckCall | undefined {
    return this.calls.get(start);
  }

  onGpu(uuid: string): StuckCall | undefined {
    return this.calls.get(uuid);
  }

  any(): StuckCall | undefined {
    return [...this.calls.values()][0];
  }
}
