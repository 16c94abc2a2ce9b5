import type { GpuInspection } from "../inspection.js";
import { type Finding, findingIf } from "./finding.js";

/** Memory that cannot be relied on any more. */
export function memoryErrorFindings(inspection: GpuInspection): readonly Finding[] {
  const { eccVolatileUncorrected, remappedRows, retiredPagesPending } = inspection;
  const errors = eccVolatileUncorrected.ok ? eccVolatileUncorrected.value : 0;
  return [
    ...findingIf(errors > 0, "gpu_ecc_uncorrected", () => `${errors} ${errors === 1 ? "error" : "errors"}`),
    ...(remappedRows.ok
      ? [
          ...findingIf(remappedRows.value.hasFailed, "gpu_row_remap_failed"),
          ...findingIf(
            remappedRows.value.isPending,
            "gpu_row_remap_pending",
            () => `rows replaced so far: ${remappedRows.value.correctable + remappedRows.value.uncorrectable}`,
          ),
        ]
      : []),
    ...findingIf(retiredPagesPending.ok && retiredPagesPending.value, "gpu_page_retirement_pending"),
  ];
}
