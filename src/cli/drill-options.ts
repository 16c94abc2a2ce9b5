import { InvalidArgumentError } from "commander";
import { type Parsed, parseDuration, parseSize } from "../core/units.js";

/** One option or argument of a drill, and the field of the request that carries it. */
export interface DrillOption {
  /** As commander has them, `--gpu <index>`; of an argument, `<code>`. */
  readonly flags: string;
  readonly help: string;
  readonly field: string;
  /** Absent: an option without a value, whose presence sends `true`. */
  readonly parse?: (text: string) => unknown;
  /** Neither this nor `isOptional`: the option must be given. */
  readonly byDefault?: string;
  readonly isOptional?: true;
}

export const required = (
  flags: string,
  help: string,
  field: string,
  parse: (text: string) => unknown,
): DrillOption => ({ flags, help, field, parse });

export const optional = (
  flags: string,
  help: string,
  field: string,
  parse: (text: string) => unknown,
): DrillOption => ({ flags, help, field, parse, isOptional: true });

export const flag = (flags: string, help: string, field: string): DrillOption => ({
  flags,
  help,
  field,
  isOptional: true,
});

export const oneGpu: DrillOption = required("--gpu <index>", "index of the GPU, or all", "gpu", gpuIndex);

export const anyFunction: DrillOption = {
  flags: "--function <name>",
  help: "NVML function, or * for every one",
  field: "function",
  parse: String,
  byDefault: "*",
};

export const size = unit(parseSize);
export const duration = unit(parseDuration);

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number");
  return value;
}

export const nameOrNumber = (text: string): string | number => (/^[0-9]+$/.test(text) ? Number(text) : text);

export function onOrOff(text: string): boolean {
  if (text === "on") return true;
  if (text === "off") return false;
  throw new InvalidArgumentError("expected on or off");
}

function gpuIndex(text: string): number | "all" {
  if (text === "all") return text;
  if (/^[0-9]+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected the index of a GPU, or all");
}

function unit(parse: (text: string) => Parsed): (text: string) => number {
  return (text) => {
    const parsed = parse(text);
    if (!parsed.ok) throw new InvalidArgumentError(parsed.problem);
    return parsed.value;
  };
}
