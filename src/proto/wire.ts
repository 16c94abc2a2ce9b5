import { isUtf8 } from "node:buffer";

/** Bytes that are not a message of the protocol buffers wire format. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** A field as it came. Fixed-width numbers and groups are skipped: no message here has one. */
export type Field =
  /**
   * `value` holds the low 32 bits, which is all that a tag, a length or an enum needs; `int64` is all of it as a signed
   * number, rounded beyond 2^53.
   */
  | { readonly number: number; readonly kind: "varint"; readonly value: number; readonly int64: number }
  | { readonly number: number; readonly kind: "bytes"; readonly bytes: Buffer };

/** Wire types, from the encoding chapter of the protocol buffers documentation. */
const wireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

const maxVarintBytes = 10;
/** The nesting at which the reference implementations give up too. */
const maxGroupDepth = 100;

/**
 * The fields of one message, in the order in which they came. Throws a {@link WireError} where the bytes end too early
 * or make no sense.
 */
export function readFields(message: Buffer): readonly Field[] {
  const fields: Field[] = [];
  const reader = new Reader(message);
  while (!reader.atEnd) {
    const field = reader.field();
    if (field !== undefined) fields.push(field);
  }
  return fields;
}

/** Text of a `string` field. Throws a {@link WireError} where it is not UTF-8, as proto3 asks. */
export function readText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new WireError("a string field is not valid UTF-8");
  return bytes.toString("utf8");
}

/** A length-delimited field, for field numbers up to 15 (whose tag is one byte). */
export function bytesField(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | wireType.bytes, ...lengthVarint(content.length)]), content]);
}

/** An unsigned value below 2^7 in a varint field, for field numbers up to 15: both fit one byte. */
export function smallVarintField(number: number, value: number): Buffer {
  return Buffer.from([(number << 3) | wireType.varint, value]);
}

/** A `double` field, for field numbers up to 15. */
export function doubleField(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8((number << 3) | wireType.fixed64);
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

function lengthVarint(length: number): number[] {
  const bytes: number[] = [];
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

class Reader {
  private position = 0;
  /** Of the last varint, the upper 32 of its 64 bits, signed. */
  private high = 0;

  constructor(private readonly message: Buffer) {}

  get atEnd(): boolean {
    return this.position === this.message.length;
  }

  /** The next field, or undefined where it is of a kind that is skipped. */
  field(): Field | undefined {
    const tag = this.varint();
    const number = tag >>> 3;
    if (number === 0) throw new WireError("a field has number 0");
    switch (tag & 7) {
      case wireType.varint: {
        const value = this.varint();
        return { number, kind: "varint", value, int64: this.high * 2 ** 32 + value };
      }
      case wireType.bytes:
        return { number, kind: "bytes", bytes: this.take(this.varint()) };
      default:
        this.skip(number, tag & 7, 0);
        return undefined;
    }
  }

  private skip(number: number, type: number, depth: number): void {
    switch (type) {
      case wireType.varint:
        this.varint();
        return;
      case wireType.fixed64:
        this.take(8);
        return;
      case wireType.bytes:
        this.take(this.varint());
        return;
      case wireType.startGroup:
        this.skipGroup(number, depth + 1);
        return;
      case wireType.fixed32:
        this.take(4);
        return;
      default:
        throw new WireError(`field ${number} has the invalid wire type ${type}`);
    }
  }

  private skipGroup(group: number, depth: number): void {
    if (depth > maxGroupDepth) throw new WireError(`groups are nested more than ${maxGroupDepth} deep`);
    for (;;) {
      const tag = this.varint();
      const number = tag >>> 3;
      if ((tag & 7) === wireType.endGroup) {
        if (number !== group) throw new WireError(`group ${group} ends as group ${number}`);
        return;
      }
      this.skip(number, tag & 7, depth);
    }
  }

  private varint(): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < maxVarintBytes; index += 1) {
      const byte = this.message[this.position];
      if (byte === undefined) throw new WireError("the message ends inside a number");
      this.position += 1;
      const bits = byte & 0x7f;
      if (index < 5) low |= bits << (7 * index);
      if (index === 4) high = bits >> 4;
      if (index > 4) high |= bits << (7 * index - 32);
      if (byte < 0x80) {
        this.high = high;
        return low >>> 0;
      }
    }
    throw new WireError(`a number is longer than ${maxVarintBytes} bytes`);
  }

  private take(length: number): Buffer {
    const end = this.position + length;
    if (end > this.message.length) throw new WireError("the message ends inside a field");
    const bytes = this.message.subarray(this.position, end);
    this.position = end;
    return bytes;
  }
}
