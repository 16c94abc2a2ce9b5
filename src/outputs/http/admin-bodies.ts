import { z } from "zod";
import { maxComponentNameBytes } from "../../core/component.js";
import { baseUnitInstead, givenReason, maxReportedReadings, type Report } from "../../core/report.js";
import type { ReportReason } from "../../core/report-reasons.js";
import type { Verdict } from "../../core/status.js";
import { formatDuration, parseDuration } from "../../core/units.js";

/** Of what is reported; longer text hides what matters. */
export const longestSentence = 500;

/**
 * One line of text for people. It goes to logs and terminals, which control characters would write to, and in which
 * bidirectional ones (Unicode's UAX 9) would show the rest of a line in another order.
 */
const sentence = z
  .string()
  .min(1)
  // As people and most languages count, and not in units of UTF-16.
  .refine((text) => Array.from(text).length <= longestSentence, `must be at most ${longestSentence} characters`)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, "must be one line without control characters");

/** The end of a report is found within a second, so a shorter time would promise what is not kept. */
const minTtlMs = 1000;

const ttl = z.string().transform((text, context) => {
  const parsed = parseDuration(text);
  if (parsed.ok && parsed.value >= minTtlMs) return parsed.value;
  context.addIssue({
    code: "custom",
    message: parsed.ok ? `must be at least ${formatDuration(minTtlMs)}` : parsed.problem,
  });
  return z.NEVER;
});

export const drainBody = z.strictObject({ message: sentence.optional() });

export const acknowledgeBody = z.strictObject({
  /** The one fault that is meant; without it all of the GPU. */
  fault: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9_]*$/, "must be the name of a fault, such as xid_79")
    .optional(),
});

export const verdict = z.enum(["healthy", "degraded", "unhealthy"]);

export const reasonCode = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*$/, "must be snake_case, such as queue_full");

/** What all reports may say, whatever they are about. */
const explanation = {
  reason: reasonCode.optional(),
  message: sentence.optional(),
};

function explained(status: Verdict, reason?: string, message?: string): Omit<Report, "readings"> {
  const unsaid = status === "healthy" ? "ok" : (`reported_${status}` satisfies ReportReason);
  return { status, reason: givenReason(status, reason) ?? unsaid, message: message ?? `reported as ${status}` };
}

/** What a program says about a component of its own. */
export const componentReportBody = z
  .strictObject({
    status: verdict,
    ...explanation,
    /** Without a newer report within this time there is no data. */
    ttl: ttl.optional(),
  })
  .transform(({ status, reason, message, ttl }) => ({
    ...explained(status, reason, message),
    ...(ttl === undefined ? {} : { ttlMs: ttl }),
  }));

export type ReportedComponent = z.infer<typeof componentReportBody>;

const readingName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*$/, "must be snake_case, such as queue_length")
  .superRefine((name, context) => {
    const unit = baseUnitInstead(name);
    if (unit === undefined) return;
    context.addIssue({
      code: "custom",
      message: `must be in base units: give ${unit}, under a name that ends in _${unit}`,
    });
  });

/** What a process says of itself to a heartbeat check; an empty body says that it is well. */
export const heartbeatBody = z
  .strictObject({
    status: verdict.default("healthy"),
    ...explanation,
    readings: z
      .record(readingName, z.number())
      .refine(
        (readings) => Object.keys(readings).length <= maxReportedReadings,
        `must be ${maxReportedReadings} readings at most`,
      )
      .optional(),
  })
  .transform(
    ({ status, reason, message, readings }): Report => ({
      ...explained(status, reason, message),
      ...(readings === undefined ? {} : { readings }),
    }),
  );

/** As the configuration has it. */
export const checkName = z
  .string()
  .max(256)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, "must be the name of a check: a-z, 0-9, _ and - only");

export const componentName = z
  .string()
  .max(maxComponentNameBytes)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_./-]*$/, "must be letters, digits and _ . / - only, such as my.package.Service");

export const drillBody = z.looseObject({});

/** Each problem as `path: what is wrong`. */
export function problemsOf(error: z.ZodError): readonly string[] {
  return error.issues.flatMap((issue) => {
    const messages = issue.code === "invalid_key" ? issue.issues.map(({ message }) => message) : [issue.message];
    return messages.map((message) => (issue.path.length === 0 ? message : `${issue.path.join(".")}: ${message}`));
  });
}
