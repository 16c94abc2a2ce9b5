import type { MxRecord, SrvRecord } from "node:dns";

/** The records that can be asked for: those whose answers are lists. */
export const recordTypes = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT"] as const;

export type RecordType = (typeof recordTypes)[number];

/** What Node's resolver gives for them. */
export type ResolvedRecord = string | readonly string[] | MxRecord | SrvRecord;

/**
 * A record as one text, to be compared: `10.0.0.1`, `mail.example 10` for MX with its priority, `db.example:5432` for SRV,
 * the parts of a TXT as one.
 */
export function textOf(record: ResolvedRecord): string {
  if (typeof record === "string") return record;
  if ("exchange" in record) return `${record.exchange} ${record.priority}`;
  if ("port" in record) return `${record.name}:${record.port}`;
  return record.join("");
}

/** The expected texts that are not among the answers. */
export function missing(expected: readonly string[], answers: readonly string[], type: RecordType): readonly string[] {
  const found = new Set(answers.map((each) => comparable(each, type)));
  return expected.filter((each) => !found.has(comparable(each, type)));
}

/** Names know no case and no last dot, IPv6 addresses have several spellings; texts are what they are. */
function comparable(text: string, type: RecordType): string {
  if (type === "TXT") return text;
  if (type === "AAAA" && URL.canParse(`http://[${text}]`)) return new URL(`http://[${text}]`).hostname;
  return text.toLowerCase().replace(/\.(?=$|[ :])/, "");
}
