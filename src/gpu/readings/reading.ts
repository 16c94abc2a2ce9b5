import { lost, present, type Reading, unsupported } from "../../core/result.js";
import type { NvmlReading } from "../nvml-reading.js";

/** A number out of what NVML gave, or why there is none. */
export function numberOf<T>(reading: NvmlReading<T>, pick: (value: T) => number): Reading<number> {
  return reading.ok ? present(pick(reading.value)) : absent(reading);
}

/** The number itself. */
export const same = (reading: NvmlReading<number>): Reading<number> => numberOf(reading, (value) => value);

/** 1 for true, 0 for false. */
export const flag = (reading: NvmlReading<boolean>): Reading<number> => numberOf(reading, Number);

export const absent = ({ why }: { readonly why: "unsupported" | "lost" }): Reading<never> =>
  why === "lost" ? lost : unsupported;
