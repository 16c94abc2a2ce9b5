import type { FaultRow } from "./row.js";
import { callRows } from "./rows-calls.js";
import { cudaRows } from "./rows-cuda.js";
import { driverRows } from "./rows-driver.js";
import { linkRows } from "./rows-links.js";
import { memoryRows } from "./rows-memory.js";
import { thermalRows } from "./rows-thermal.js";
import { xidRows } from "./rows-xid.js";

export interface FaultSection {
  readonly title: string;
  readonly rows: readonly FaultRow[];
}

/** The whole matrix, in the order of docs/faults.md. */
export const faultSections: readonly FaultSection[] = [
  { title: "XIDs", rows: xidRows },
  { title: "Memory", rows: memoryRows },
  { title: "Heat and clocks", rows: thermalRows },
  { title: "PCIe, NVLink and fabric", rows: linkRows },
  { title: "Calls that fail or hang", rows: callRows },
  { title: "Driver and GPUs that come and go", rows: driverRows },
  { title: "CUDA", rows: cudaRows },
];
