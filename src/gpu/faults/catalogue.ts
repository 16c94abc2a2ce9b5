import type { FaultRow } from "./fault.js";
import { xidFault, xidOf } from "./row.js";
import { signalRows } from "./signal-rows.js";
import { unknownXidRow, xidRows } from "./xid-rows.js";

/** Every fault that has a row. */
export const faultRows: readonly FaultRow[] = [...xidRows, ...signalRows];

/** What a user may change of a row. Any XID can be named, with a row or without. */
export type FaultOverride = Partial<Pick<FaultRow, "severity" | "lasts" | "remedy">>;

/** Overrides by the name of the fault. */
export type FaultOverrides = Readonly<Record<string, FaultOverride>>;

/** The rows that are in force. */
export class FaultCatalogue {
  private readonly rows = new Map<string, FaultRow>(faultRows.map((row) => [row.fault, row]));

  constructor(overrides: FaultOverrides = {}) {
    for (const [fault, override] of Object.entries(overrides)) {
      const row = this.find(fault) ?? unknownFault(fault);
      const source = override.severity === undefined ? row.source : "your configuration";
      this.rows.set(fault, { ...row, ...override, source });
    }
  }

  ofXid(xid: number): FaultRow {
    return this.rows.get(xidFault(xid)) ?? unknownXidRow(xid);
  }

  /** Throws on a name that is no fault: names come from the detectors, and from a configuration that was checked. */
  row(fault: string): FaultRow {
    return this.find(fault) ?? unknownFault(fault);
  }

  private find(fault: string): FaultRow | undefined {
    const xid = xidOf(fault);
    return xid === undefined ? this.rows.get(fault) : this.ofXid(xid);
  }
}

function unknownFault(fault: string): never {
  throw new Error(`there is no fault ${fault}`);
}
