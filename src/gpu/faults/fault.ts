import type { RowOf, XidFault } from "./row.js";
import type { SignalFault } from "./signal-rows.js";

/** The name of any fault. */
export type FaultName = SignalFault | XidFault;

/** A row of the catalogue. */
export type FaultRow = RowOf<FaultName>;
