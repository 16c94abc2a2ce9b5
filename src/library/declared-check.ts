import { z } from "zod";
import type { DeclaredCheck } from "../checks/check-type.js";
import type { Answer, Check } from "../core/check.js";
import { givenReason } from "../core/report.js";
import type { ReadingDeclaration } from "../core/result.js";
import { componentName, reasonCode, verdict } from "../outputs/http/admin-bodies.js";
import { callHost } from "./host-code.js";
import { sentence } from "./status-by-hand.js";

/**
 * The check of a host program, held to what its type declares: TypeScript is not everywhere, and casts and JSON get past
 * it. An answer that is none is thrown, so that the check fails with the reason `check_failed`, and not the host.
 */
export function heldToDeclaration<Name extends string>(
  type: string,
  readings: Readonly<Record<Name, ReadingDeclaration>>,
  check: DeclaredCheck<Name>,
): Check {
  if (typeof check?.run !== "function")
    throw new Error(`create of the check type ${type} must give an object with run`);
  const { one, several } = answerSchemas(Object.keys(readings));
  const held = (given: unknown): Answer => {
    const parsed = (Array.isArray(given) ? several : one).safeParse(given);
    if (parsed.success) return parsed.data as Answer;
    const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(": "));
    throw new Error(`its answer is no result: ${problems.join("; ")}`);
  };
  let broken: { readonly error: unknown } | undefined;
  return {
    run(signal) {
      if (broken !== undefined) throw broken.error;
      const given: unknown = check.run(signal);
      return isThenable(given) ? Promise.resolve(given).then(held) : held(given);
    },
    subscribe(changed) {
      try {
        const end = check.subscribe?.(changed);
        return () => callHost(() => end?.());
      } catch (error) {
        // Thrown here it would end a reload in the middle.
        broken = { error };
        return () => {};
      }
    },
    ...(check.receive === undefined ? {} : { receive: (report) => check.receive?.(report) }),
    stop: () => check.stop?.(),
  };
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === "function";

const text = z.string().transform(sentence);

const reading = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), value: z.number() }),
  z.object({ ok: z.literal(false), why: z.enum(["unsupported", "lost"]) }),
]);

const labels = z.record(z.string(), z.string());

const fault = z.object({
  fault: reasonCode,
  severity: z.enum(["fatal", "degraded", "application"]),
  message: text,
  remedy: text,
  sinceMs: z.number(),
  count: z.number(),
});

function answerSchemas(names: readonly string[]) {
  const each = <Value extends z.ZodType>(value: Value) =>
    z.strictObject(Object.fromEntries(names.map((name) => [name, value.optional()]))).optional();
  const parts = z.object({
    status: verdict,
    reason: reasonCode,
    message: text,
    remedy: text.optional(),
    readings: each(reading),
    series: each(z.array(z.object({ labels, value: z.number() }))),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    faults: z.array(fault).optional(),
    immediate: z.boolean().optional(),
    mendedByRestart: z.literal(false).optional(),
  });
  const result = parts.refine(({ status, reason }) => givenReason(status, reason) !== undefined, {
    path: ["reason"],
    message: "ok is for healthy: say what is wrong",
  });
  const subject = z.object({ name: componentName, aliases: z.array(componentName), labels });
  const observation = z.object({ subject: subject.optional(), result, observedAtMs: z.number().optional() });
  return { one: result, several: z.array(observation) };
}
