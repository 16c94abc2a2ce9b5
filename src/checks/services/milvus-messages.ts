import { bytesField, type Field, readFields, readText } from "../../proto/wire.js";

/** The few messages of Milvus's `milvus.proto` and `common.proto` that a check needs, by their field numbers. */

/** What every answer begins with. `code` is 0 for success; before 2.3 only `legacyCode` was there. */
export interface MilvusStatus {
  readonly code: number;
  readonly legacyCode: number;
  readonly reason: string;
}

export type LoadState = "missing" | "not loaded" | "loading" | "loaded";

export interface Health {
  readonly isHealthy: boolean;
  readonly reasons: readonly string[];
  /** Limits that are in force, such as `DenyToWrite`. Numbers that are not known are carried as such. */
  readonly quotaStates: readonly string[];
}

export const emptyRequest = Buffer.alloc(0);

export const loadStateRequest = (collection: string): Buffer => bytesField(2, Buffer.from(collection));
export const statisticsRequest = (collection: string): Buffer => bytesField(3, Buffer.from(collection));

/** Field 1 of every answer. */
export function decodeStatus(answer: Buffer): MilvusStatus {
  const fields = firstBytes(answer, 1);
  return {
    legacyCode: fields === undefined ? 0 : numberIn(fields, 1),
    reason: fields === undefined ? "" : textIn(fields, 2),
    code: fields === undefined ? 0 : numberIn(fields, 3),
  };
}

/** Enum `QuotaState` of `common.proto`. */
const quotaStates: Readonly<Record<number, string>> = {
  2: "ReadLimited",
  3: "WriteLimited",
  4: "DenyToRead",
  5: "DenyToWrite",
  6: "DenyToDDL",
};

export function decodeHealth(answer: Buffer): Health {
  return {
    isHealthy: numberIn(answer, 2) !== 0,
    reasons: fieldsOf(answer, 3).flatMap((field) => (field.kind === "bytes" ? readText(field.bytes) : [])),
    // One byte each while the numbers are below 128, packed or not.
    quotaStates: fieldsOf(answer, 4)
      .flatMap((field) => (field.kind === "varint" ? [field.value] : [...field.bytes]))
      .map((number) => quotaStates[number] ?? `state ${number}`),
  };
}

export const decodeVersion = (answer: Buffer): string => textIn(answer, 2);

/** Enum `LoadState` of `common.proto`. */
const loadStates: readonly LoadState[] = ["missing", "not loaded", "loading", "loaded"];

export const decodeLoadState = (answer: Buffer): LoadState => loadStates[numberIn(answer, 2)] ?? "not loaded";

/** The entities in a collection; undefined where the statistics have no such row. */
export function decodeRowCount(answer: Buffer): number | undefined {
  const row = fieldsOf(answer, 2).find((field) => field.kind === "bytes" && textIn(field.bytes, 1) === "row_count");
  if (row?.kind !== "bytes") return undefined;
  const count = Number(textIn(row.bytes, 2));
  return Number.isFinite(count) ? count : undefined;
}

const fieldsOf = (message: Buffer, number: number): readonly Field[] =>
  readFields(message).filter((field) => field.number === number);

/** The last one counts, as the encoding has it; left out: 0. */
function numberIn(message: Buffer, number: number): number {
  const field = fieldsOf(message, number).at(-1);
  return field?.kind === "varint" ? field.value : 0;
}

function textIn(message: Buffer, number: number): string {
  const field = fieldsOf(message, number).at(-1);
  return field?.kind === "bytes" ? readText(field.bytes) : "";
}

function firstBytes(message: Buffer, number: number): Buffer | undefined {
  const [field] = fieldsOf(message, number);
  return field?.kind === "bytes" ? field.bytes : undefined;
}
