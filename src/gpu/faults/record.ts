import { emptyHistories, type Histories } from "../detectors/detect.js";
import type { MigInstanceId } from "../snapshot.js";
import type { FaultRow } from "./fault.js";

/** A fault that a GPU has now. */
export interface ActiveFault {
  readonly row: FaultRow;
  /** Undefined: the whole GPU has it. */
  readonly instance?: MigInstanceId;
  /** Figures of the newest evidence; empty where there are none. */
  readonly detail: string;
  readonly remedy: string;
  /** On the monotonic clock, in milliseconds. */
  readonly sinceMs: number;
  readonly lastSeenMs: number;
  /** How often it was told, for events; 1 for what is read again and again. */
  readonly count: number;
  /** The processes on the GPU when it was last told, as far as they are known. */
  readonly pids: readonly number[];
}

/** How often the driver reported one XID. */
export interface XidCount {
  readonly xid: number;
  readonly instance?: MigInstanceId;
  readonly count: number;
}

/** What is known of one GPU's past: the ledger of its faults, and what detectors remember. Immutable. */
export interface GpuRecord {
  /** Whose record it is; undefined until the GPU has told. */
  readonly uuid?: string;
  /** How often NVML had been opened when the GPU was lost; undefined while it is there. */
  readonly lostInGeneration?: number;
  readonly faults: readonly ActiveFault[];
  /** Since the start of this process, whatever was made of them. */
  readonly xids: readonly XidCount[];
  readonly lastXid?: number;
  /** The newest snapshot and inspection in here; 0 before the first. */
  readonly snapshotSequence: number;
  readonly inspectionSequence: number;
  /** As last read. */
  readonly recoveryAction?: number;
  /** Volatile ECC errors of every kind, as last read: they fall when the GPU is reset. */
  readonly volatileErrors?: number;
  readonly histories: Histories;
}

export const emptyRecord: GpuRecord = {
  faults: [],
  xids: [],
  snapshotSequence: 0,
  inspectionSequence: 0,
  histories: emptyHistories,
};
