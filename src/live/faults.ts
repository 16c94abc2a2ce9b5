import type { LiveFault, LiveState } from "./state.js";

/** A fault, and whose it is. */
export interface NamedFault {
  readonly name: string;
  readonly fault: LiveFault;
}

const order: Readonly<Record<LiveFault["severity"], number>> = { fatal: 0, degraded: 1, application: 2 };

/** The faults of all GPUs, the worst first. */
export const faultsOf = ({ gpus }: Pick<LiveState, "gpus">): readonly NamedFault[] =>
  Object.entries(gpus)
    .flatMap(([name, { faults }]) => faults.map((fault) => ({ name, fault })))
    .sort((one, other) => order[one.fault.severity] - order[other.fault.severity]);
