import type { Result } from "../core/result.js";
import type { ReturnCode } from "./nvml-reading.js";
import type { GpuView } from "./snapshot.js";

/** The GPUs that there should be. */
export interface Expectation {
  /** That many at least. */
  readonly count?: number | undefined;
  /** These, and perhaps others; MIG instances too. */
  readonly uuids?: readonly string[] | undefined;
}

/** GPU_IS_LOST, GPU_NOT_FOUND. */
const goneCodes: readonly number[] = [15, 28];

/** What is missing of the expected GPUs, by name; undefined when all are there. Those that were lost are not there. */
export function missingOf({ count = 0, uuids = [] }: Expectation, gpus: readonly GpuView[]): Result | undefined {
  const lost = gpus.filter(isGone);
  const there = gpus.filter((gpu) => !lost.includes(gpu));
  const absent = uuids.filter((uuid) => !there.some((gpu) => uuidsOf(gpu).includes(uuid)));
  const missingCount = Math.max(0, count - there.length);
  if (absent.length === 0 && missingCount === 0) return undefined;
  const problems = [
    ...(absent.length > 0 ? [`not visible: ${absent.join(", ")}`] : []),
    ...(missingCount > 0 ? [`${there.length} of ${count} expected GPUs are there`] : []),
    ...(lost.length > 0 ? [`lost: ${lost.map(nameOf).join(", ")}`] : []),
  ];
  return missing(`${problems.join("; ")}; there are ${there.map(nameOf).join(", ") || "none"}`, "expect");
}

/** Devices that a check names and that NVML never showed. */
export const devicesMissing = (devices: readonly (number | string)[], visible: readonly GpuView[]): Result => ({
  ...missing(`not visible: ${devices.join(", ")}; visible are ${visible.map(nameOf).join(", ")}`, "devices"),
  immediate: false,
});

const missing = (message: string, option: "expect" | "devices"): Result => ({
  status: "unhealthy",
  reason: "gpu_missing",
  message,
  remedy: `see whether the GPU fell off the bus (dmesg, Xid 79), or correct \`${option}\``,
  immediate: true,
});

const nameOf = ({ index, uuid }: GpuView): string => (uuid.ok ? `gpu/${index} (${uuid.value})` : `gpu/${index}`);

const uuidsOf = ({ uuid, migInstances }: GpuView): readonly string[] =>
  [uuid, ...migInstances.map((each) => each.uuid)].flatMap((each) => (each.ok ? [each.value] : []));

function isGone({ handleError, snapshot }: GpuView): boolean {
  const isCodeOfGone = (returnCode: ReturnCode | undefined): boolean =>
    returnCode !== undefined && goneCodes.includes(returnCode.code);
  return isCodeOfGone(handleError) || (snapshot?.memory.ok === false && isCodeOfGone(snapshot.memory.returnCode));
}
