import type { GpuFabric, GpuInspection } from "../inspection.js";
import { type Finding, findingIf } from "./finding.js";

const notStarted = 1;
const inProgress = 2;
const completed = 3;

/** Conditions of the health mask (NVML_GPU_FABRIC_HEALTH_MASK_…): two bits each, of which 1 means true. */
const conditions: readonly { readonly shift: number; readonly sentence: string }[] = [
  { shift: 0, sentence: "its bandwidth is degraded" },
  { shift: 2, sentence: "a route is being recovered" },
  { shift: 4, sentence: "a route is unhealthy" },
  { shift: 6, sentence: "it recovers from an access timeout" },
];

/** Four bits from bit 8 on; 0 (not supported) and 1 (none) are well. */
const misconfigurations: Readonly<Record<number, string>> = {
  2: "wrong system GUID",
  3: "wrong chassis serial number",
  4: "in no partition",
  5: "too few NVLinks",
  6: "firmware does not fit",
  7: "in the wrong place",
};

export function fabricFindings({ fabric }: Pick<GpuInspection, "fabric">): readonly Finding[] {
  if (!fabric.ok) return [];
  const { state, status } = fabric.value;
  const problems = fabricProblems(fabric.value);
  return [
    ...findingIf(state === notStarted, "gpu_fabric_not_ready", () => "its registration has not started"),
    ...findingIf(state === inProgress, "gpu_fabric_not_ready", () => "its registration is in progress"),
    ...findingIf(state === completed && status !== 0, "gpu_fabric_failed", () => `NVML return code ${status}`),
    ...findingIf(problems.length > 0, "gpu_fabric_unhealthy", () => problems.join(", ")),
  ];
}

function fabricProblems({ healthMask }: GpuFabric): readonly string[] {
  const misconfiguration = (healthMask >> 8) & 0xf;
  return [
    ...conditions.filter(({ shift }) => ((healthMask >> shift) & 0x3) === 1).map(({ sentence }) => sentence),
    ...(misconfiguration > 1
      ? [`its configuration is wrong: ${misconfigurations[misconfiguration] ?? `kind ${misconfiguration}`}`]
      : []),
  ];
}
