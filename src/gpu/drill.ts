import { z } from "zod";

const gpu = z.union([z.int().min(0), z.literal("all")]);
const nvmlFunction = z.string().regex(/^(nvml\w+|\*)$/, "expected the name of an NVML function, or * for every one");
const percent = z.int().min(0).max(100);

/** A change of the simulated GPUs, as `drill` sends it to the admin listener. */
export const drillSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("memory"), gpu, freeBytes: z.int().min(0) }),
  z.strictObject({ kind: z.literal("utilization"), gpu, gpuPercent: percent, memoryPercent: percent.optional() }),
  z.strictObject({ kind: z.literal("temperature"), gpu, celsius: z.int().min(-50).max(200) }),
  z.strictObject({ kind: z.literal("power"), gpu, watts: z.number().min(0).max(10_000) }),
  z.strictObject({ kind: z.literal("return-code"), gpu, function: nvmlFunction, code: z.int().min(0).max(999) }),
  z.strictObject({ kind: z.literal("latency"), gpu, function: nvmlFunction, delayMs: z.int().min(0).max(3_600_000) }),
  z.strictObject({ kind: z.literal("hang"), gpu, function: nvmlFunction }),
  z.strictObject({ kind: z.literal("lose"), gpu }),
  z.strictObject({ kind: z.literal("reset"), gpu }),
]);

export type Drill = z.output<typeof drillSchema>;

/** Keys and values of the simulator's state file. */
type Overrides = ReadonlyMap<string, string>;

/** The overrides after one more drill. The last word on a value wins. */
export function applyDrill(overrides: Overrides, drill: Drill, gpuCount: number): Overrides {
  const next = new Map(overrides);
  const indices = drill.gpu === "all" ? Array.from({ length: gpuCount }, (_, index) => index) : [drill.gpu];
  for (const index of indices) {
    if (drill.kind === "reset") {
      for (const key of overrides.keys()) if (key.startsWith(`gpu.${index}.`)) next.delete(key);
    } else {
      for (const [key, value] of entries(drill)) next.set(`gpu.${index}.${key}`, value);
    }
  }
  return next;
}

function entries(drill: Exclude<Drill, { kind: "reset" }>): readonly (readonly [key: string, value: string])[] {
  switch (drill.kind) {
    case "memory":
      return [["memory.free", `${drill.freeBytes}`]];
    case "utilization":
      return [
        ["utilization.gpu", `${drill.gpuPercent}`],
        ...(drill.memoryPercent === undefined ? [] : [["utilization.memory", `${drill.memoryPercent}`] as const]),
      ];
    case "temperature":
      return [["temperature", `${drill.celsius}`]];
    case "power":
      return [["power", `${Math.round(drill.watts * 1000)}`]];
    case "return-code":
      return [[`return.${drill.function}`, `${drill.code}`]];
    case "latency":
      return [[`latency.${drill.function}`, `${drill.delayMs}ms`]];
    case "hang":
      return [[`hang.${drill.function}`, "true"]];
    case "lose":
      return [["lost", "true"]];
  }
}
