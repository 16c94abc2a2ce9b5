import { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { formatDuration } from "../../core/units.js";
import {
  type JsonExpectations,
  jsonExpectations,
  jsonExpectationsText,
  unmetExpectation,
} from "../common/json-expectation.js";
import { withoutSecrets } from "../common/secret.js";
import { duration, mapping } from "../options.js";

export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

const statusRange = z
  .unknown()
  .transform((given, context): StatusRange => {
    const [, from = "", to = from] = /^([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?$/.exec(String(given)) ?? [];
    if (from !== "" && Number(from) <= Number(to)) return { from: Number(from), to: Number(to) };
    const message = "expected an HTTP status such as 200, or a range of them such as 200-299";
    context.issues.push({ code: "custom", message, input: given });
    return z.NEVER;
  })
  .meta({ kind: "status or range" });

/** What an answer must be. */
export const httpExpectation = () =>
  mapping({
    status: z
      .preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(statusRange).min(1))
      .meta({ kind: "status, range or list" })
      .prefault("200-299")
      .describe("The statuses that are healthy: one, a range, or a list of both."),
    bodyContains: z.string().min(1).optional().describe("A text that the first MiB of the body must hold."),
    json: jsonExpectations().optional().describe(`What the body must say as JSON: ${jsonExpectationsText}`),
    maxDuration: duration({ atLeastMs: 1 })
      .optional()
      .describe("An answer that takes longer is degraded. One that takes longer than `timeout` is unhealthy."),
  });

export type HttpExpectation = z.output<ReturnType<typeof httpExpectation>>;

/** What was wrong with an answer: a reason, and the end of a sentence that begins with what answered. */
export interface Complaint {
  readonly reason: "unexpected_status" | "unexpected_body" | "slow_response";
  readonly said: string;
}

export interface JudgedAnswer {
  readonly status: number;
  readonly bodyStart: string;
  readonly elapsedMs: number;
  /** What the request was authorized with: taken out of what is quoted. */
  readonly secrets: readonly string[];
}

/** The first thing that is wrong, the worst first; undefined where nothing is. */
export function complaintAbout(answer: JudgedAnswer, expected: HttpExpectation): Complaint | undefined {
  return (
    complaintAboutStatus(answer, expected.status) ??
    complaintAboutText(answer, expected.bodyContains) ??
    complaintAboutJson(answer, expected.json) ??
    complaintAboutTime(answer, expected.maxDuration)
  );
}

/** Whether the body must be kept to be judged. */
export const judgesBody = ({ bodyContains, json }: HttpExpectation): boolean =>
  bodyContains !== undefined || json !== undefined;

function complaintAboutStatus(answer: JudgedAnswer, expected: readonly StatusRange[]) {
  const { status } = answer;
  if (expected.some(({ from, to }) => from <= status && status <= to)) return undefined;
  const ranges = expected.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
  return complaint("unexpected_status", `answered ${status}, expected ${ranges}${quoted(answer.bodyStart, answer)}`);
}

function complaintAboutText(answer: JudgedAnswer, expected: string | undefined) {
  const { status, bodyStart } = answer;
  if (expected === undefined || bodyStart.includes(expected)) return undefined;
  const text = JSON.stringify(oneLine(expected, 100));
  return complaint(
    "unexpected_body",
    `answered ${status}, but without ${text} in the body${quoted(answer.bodyStart, answer)}`,
  );
}

function complaintAboutJson(answer: JudgedAnswer, expected: JsonExpectations | undefined) {
  if (expected === undefined) return undefined;
  const parsed = parseJson(answer.bodyStart);
  if (parsed === undefined)
    return complaint("unexpected_body", `answered what is no JSON${quoted(answer.bodyStart, answer)}`);
  const unmet = unmetExpectation(parsed.document, expected, answer.secrets);
  return unmet === undefined ? undefined : complaint("unexpected_body", `answered ${unmet}`);
}

function complaintAboutTime({ status, elapsedMs }: JudgedAnswer, maxMs: number | undefined) {
  if (maxMs === undefined || elapsedMs <= maxMs) return undefined;
  const said = `answered ${status} in ${formatDuration(elapsedMs)}, expected at most ${formatDuration(maxMs)}`;
  return complaint("slow_response", said);
}

function parseJson(text: string): { readonly document: unknown } | undefined {
  try {
    return { document: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function quoted(text: string, { secrets }: JudgedAnswer): string {
  const said = oneLine(withoutSecrets(text, secrets), 200);
  return said === "" ? "" : `: ${said}`;
}

const complaint = (reason: Complaint["reason"], said: string): Complaint => ({ reason, said });
