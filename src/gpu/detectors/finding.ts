import type { SignalFault } from "../faults/signal-rows.js";

/** A fault that the driver shows now. */
export interface Finding {
  readonly fault: SignalFault;
  /** Figures for the end of the sentence; empty where there are none. */
  readonly detail: string;
  /** Where it says more than the row's remedy. */
  readonly remedy?: string;
}

/** The finding where there is one, for lists. Its figures are put in words only then: detectors look at every sample. */
export const findingIf = (isThere: boolean, fault: SignalFault, detail = () => ""): readonly Finding[] =>
  isThere ? [{ fault, detail: detail() }] : [];
