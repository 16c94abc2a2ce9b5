import { z } from "zod";
import { clocksEventReasons, fabricStates, recoveryActions } from "./drill-words.js";

const gpu = z.union([z.int().min(0), z.literal("all")]);
const nvmlFunction = z.string().regex(/^(nvml\w+|\*)$/, "expected the name of an NVML function, or * for every one");
const cudaFunction = z.string().regex(/^(cu\w+|\*)$/, "expected the name of a CUDA function, or * for every one");
const percent = z.int().min(0).max(100);
const celsius = z.int().min(-50).max(200);
const count = z.int().min(0).max(1_000_000_000);
const delayMs = z.int().min(0).max(3_600_000);
/** It becomes a line of the state file. */
const word = z.string().regex(/^[\w.+:/@-]{1,64}$/, "expected letters, digits and _ . + : / @ - only");

const namesOf = <T extends string>(values: Readonly<Record<T, number>>) => z.enum(Object.keys(values) as [T, ...T[]]);

/** By its name, or one that only newer drivers have by its number. */
const recoveryAction = z.union([namesOf(recoveryActions), z.int().min(0).max(255)], {
  error: `expected ${Object.keys(recoveryActions).join(", ")}, or a number up to 255`,
});

const needsOneOf =
  (...fields: readonly string[]) =>
  (drill: object): boolean =>
    fields.some((field) => (drill as Record<string, unknown>)[field] !== undefined);

const oneOf = (...fields: readonly string[]): [(drill: object) => boolean, string] => [
  needsOneOf(...fields),
  `one of ${fields.join(", ")} is needed`,
];

/** A change of the simulated GPUs, as `drill` sends it to the admin listener. */
export const drillSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("memory"), gpu, freeBytes: z.int().min(0) }),
  z.strictObject({ kind: z.literal("leak"), gpu, bytesPerSecond: z.int().min(0) }),
  z.strictObject({ kind: z.literal("utilization"), gpu, gpuPercent: percent, memoryPercent: percent.optional() }),
  z
    .strictObject({
      kind: z.literal("temperature"),
      gpu,
      celsius: celsius.optional(),
      memoryCelsius: celsius.optional(),
    })
    .refine(...oneOf("celsius", "memoryCelsius")),
  z.strictObject({ kind: z.literal("power"), gpu, watts: z.number().min(0).max(10_000) }),
  z.strictObject({ kind: z.literal("throttle"), gpu, reason: namesOf(clocksEventReasons) }),
  z.strictObject({ kind: z.literal("persistence"), gpu, enabled: z.boolean() }),
  z
    .strictObject({
      kind: z.literal("xid"),
      gpu,
      code: z.int().min(0).max(99_999),
      gpuInstance: z.int().min(0).max(255).optional(),
      computeInstance: z.int().min(0).max(255).optional(),
    })
    .refine(
      ({ gpuInstance, computeInstance }) => (gpuInstance === undefined) === (computeInstance === undefined),
      "gpuInstance and computeInstance go together",
    ),
  z
    .strictObject({ kind: z.literal("ecc"), gpu, corrected: count.optional(), uncorrected: count.optional() })
    .refine(...oneOf("corrected", "uncorrected")),
  z
    .strictObject({
      kind: z.literal("rows"),
      gpu,
      pending: z.boolean().optional(),
      failed: z.boolean().optional(),
      uncorrectable: count.optional(),
    })
    .refine(...oneOf("pending", "failed", "uncorrectable")),
  z
    .strictObject({
      kind: z.literal("pages"),
      gpu,
      pending: z.boolean().optional(),
      doubleBit: z.int().min(0).max(1000).optional(),
    })
    .refine(...oneOf("pending", "doubleBit")),
  z.strictObject({ kind: z.literal("recovery-action"), gpu, action: recoveryAction }),
  z
    .strictObject({
      kind: z.literal("pcie"),
      gpu,
      width: z.int().min(0).max(16).optional(),
      generation: z.int().min(0).max(7).optional(),
      replays: count.optional(),
    })
    .refine(...oneOf("width", "generation", "replays")),
  z
    .strictObject({
      kind: z.literal("nvlink"),
      gpu,
      link: z.int().min(0).max(35),
      down: z.boolean().optional(),
      errors: count.optional(),
    })
    .refine(...oneOf("down", "errors")),
  z.strictObject({
    kind: z.literal("fabric"),
    gpu,
    state: namesOf(fabricStates),
    status: z.int().min(0).max(999).optional(),
    healthMask: z.int().min(0).max(0xffff_ffff).optional(),
  }),
  z
    .strictObject({
      kind: z.literal("mig"),
      gpu,
      instances: z.int().min(0).max(7).optional(),
      instance: z.int().min(0).max(6).optional(),
      freeBytes: z.int().min(0).optional(),
    })
    .refine(...oneOf("instances", "freeBytes"))
    .refine(
      ({ instance, freeBytes }) => (instance === undefined) === (freeBytes === undefined),
      "instance and freeBytes go together",
    ),
  z.strictObject({
    kind: z.literal("process"),
    gpu,
    pid: z.int().min(1).max(4_194_304),
    name: word.optional(),
    usedBytes: z.int().min(0).optional(),
    gone: z.boolean().optional(),
    instance: z.int().min(0).max(6).optional(),
  }),
  z.strictObject({ kind: z.literal("return-code"), gpu, function: nvmlFunction, code: z.int().min(0).max(999) }),
  z.strictObject({ kind: z.literal("latency"), gpu, function: nvmlFunction, delayMs }),
  z.strictObject({ kind: z.literal("hang"), gpu, function: nvmlFunction }),
  z.strictObject({ kind: z.literal("lose"), gpu }),
  z.strictObject({ kind: z.literal("remove"), gpu }),
  z.strictObject({ kind: z.literal("reset"), gpu }),
  z
    .strictObject({
      kind: z.literal("cuda"),
      function: cudaFunction,
      code: z.int().min(0).max(9999).optional(),
      delayMs: delayMs.optional(),
      hang: z.boolean().optional(),
      crash: z.boolean().optional(),
      wrongResult: z.boolean().optional(),
    })
    .refine(...oneOf("code", "delayMs", "hang", "crash", "wrongResult")),
  z.strictObject({ kind: z.literal("unload-driver") }),
  z.strictObject({ kind: z.literal("reload-driver") }),
  z.strictObject({ kind: z.literal("upgrade-driver"), version: word.optional() }),
]);

export type Drill = z.output<typeof drillSchema>;
