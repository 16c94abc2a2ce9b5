import { isIP } from "node:net";
import { z } from "zod";
import { parseAddress } from "../../core/address.js";
import { oneLine } from "../../core/one-line.js";
import { healthy, present } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { type CheckContext, defineCheck } from "../check-type.js";
import { mapping } from "../options.js";
import type { Check, Result } from "../result.js";
import { missing, recordTypes } from "./dns-answers.js";
import { type Lookup, lookUp } from "./dns-lookup.js";

function isServer(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const parsed = parseAddress(text);
  return parsed.ok && parsed.address.kind === "tcp" && isIP(parsed.address.host) !== 0 && parsed.address.port > 0;
}

const options = () =>
  mapping({
    name: z
      .string()
      .regex(/^[^\s\p{Cc}]{1,254}$/u, { error: "expected a host name, as in db.internal.example" })
      .describe("The whole name to ask for: search domains and /etc/hosts are not looked at."),
    record: z.enum(recordTypes).default("A").describe("Which of its records."),
    server: z
      .string()
      .refine(isServer, { error: "expected an IP address, with a port where it is not 53, as in 10.0.0.10:53" })
      .meta({ kind: "IP address" })
      .optional()
      .describe("The DNS server to ask; left out: those of this machine (/etc/resolv.conf)."),
    expect: mapping({
      answers: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe(
          "What must be among the answers: `10.0.0.1`, `mail.example 10` for MX, `db.example:5432` for SRV. Others may be " +
            "there too.",
        ),
      minAnswers: z.int().min(1).default(1).describe("How many answers there must be."),
    })
      .prefault({})
      .describe("What the answer must be."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const dns = defineCheck<Options>({
  type: "dns",
  summary: "DNS knows a name, with the records that are expected.",
  reasons: ["dns", "invalid_answer", "server_error"],
  options,
  readings: {
    lookupSeconds: { metric: "dns_lookup", unit: "seconds", help: "Time until the DNS server answered." },
    answers: { metric: "dns_answers", unit: "count", help: "How many records the name has." },
  },
  create: (given, context) => new DnsCheck(given, context),
});

class DnsCheck implements Check {
  constructor(
    private readonly given: Options,
    private readonly context: CheckContext,
  ) {}

  async run(signal: AbortSignal): Promise<Result> {
    const { name, record, server } = this.given;
    const { clock } = this.context;
    const startedAtMs = clock.nowMs();
    const lookup = await lookUp({ name, type: record, server }, { clock, signal });
    return judgeLookup(lookup, this.given, clock.nowMs() - startedAtMs);
  }
}

function judgeLookup({ answers, servers }: Lookup, { name, record, expect }: Options, elapsedMs: number): Result {
  const listed = oneLine(answers.join(", "), 200);
  const found = `${servers} has ${name} (${record}) as ${listed}`;
  const shared = {
    readings: { lookupSeconds: present(elapsedMs / 1000), answers: present(answers.length) },
    metadata: { answers: listed, servers },
  };
  const absent = missing(expect.answers ?? [], answers, record);
  if (absent.length > 0) {
    const message = `${found}, without ${oneLine(absent.join(", "), 200)}`;
    return { status: "unhealthy", reason: "answers_missing", message, ...shared };
  }
  if (answers.length < expect.minAnswers) {
    const message = `${found}: ${answers.length} of at least ${expect.minAnswers}`;
    return { status: "unhealthy", reason: "too_few_answers", message, ...shared };
  }
  return { ...healthy(`${found}, answered in ${formatDuration(elapsedMs)}`), ...shared };
}
