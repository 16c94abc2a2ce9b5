import type { ReturnCode } from "./nvml-reading.js";
import type { Result } from "./result.js";
import { lostGpu } from "./return-codes.js";
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
  const lostUuids = lost.flatMap(uuidsOf);
  const neverSeen = absent.filter((uuid) => !lostUuids.includes(uuid));
  const problems = [
    ...(lost.length > 0 ? [`lost: ${lost.map(nameOf).join(", ")}`] : []),
    ...(neverSeen.length > 0 ? [`not visible: ${neverSeen.join(", ")}`] : []),
    ...(missingCount > 0 ? [`${there.length} of ${count} expected GPUs are there`] : []),
  ];
  const message = `${problems.join("; ")}; there are ${there.map(nameOf).join(", ") || "none"}`;
  return { ...missing, message, remedy: lost.length > 0 ? lostGpu.remedy : orCorrect("expect"), immediate: true };
}

/** Devices that a check names and that NVML never showed. */
export const devicesMissing = (devices: readonly (number | string)[], visible: readonly GpuView[]): Result => ({
  ...missing,
  message: `not visible: ${devices.join(", ")}; visible are ${visible.map(nameOf).join(", ")}`,
  remedy: orCorrect("devices"),
});

const missing = { status: "unhealthy", reason: "gpu_missing" } as const;

const orCorrect = (option: "expect" | "devices"): string =>
  `see whether the GPU fell off the bus (dmesg, Xid 79), or correct \`${option}\``;

const nameOf = ({ index, uuid }: GpuView): string => (uuid.ok ? `gpu/${index} (${uuid.value})` : `gpu/${index}`);

const uuidsOf = ({ uuid, migInstances }: GpuView): readonly string[] =>
  [uuid, ...migInstances.map((each) => each.uuid)].flatMap((each) => (each.ok ? [each.value] : []));

function isGone({ handleError, snapshot }: GpuView): boolean {
  const isCodeOfGone = (returnCode: ReturnCode | undefined): boolean =>
    returnCode !== undefined && goneCodes.includes(returnCode.code);
  return isCodeOfGone(handleError) || (snapshot?.memory.ok === false && isCodeOfGone(snapshot.memory.returnCode));
}
