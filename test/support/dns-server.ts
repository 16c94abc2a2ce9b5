import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** Of RFC 1035 and, for SRV, RFC 2782. */
const recordNumbers = { A: 1, NS: 2, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33 } as const;
export const responseCodes = { ok: 0, formatError: 1, serverFailed: 2, nameNotFound: 3, refused: 5 } as const;

type RecordType = keyof typeof recordNumbers;

/** What to answer: the data of records as the wire has it, a response code, or nothing at all. */
export type DnsAnswer = readonly Buffer[] | (typeof responseCodes)[keyof typeof responseCodes] | "silence" | "garbage";

/** A DNS server over UDP on loopback that says what a test told it to. */
export class DnsServer {
  address = "";
  queries = 0;
  private readonly socket: Socket = createSocket("udp4");

  constructor(private readonly answer: (name: string, type: RecordType | undefined) => DnsAnswer) {}

  async listen(): Promise<this> {
    this.socket.on("message", (query, from) => {
      this.queries += 1;
      const reply = this.reply(query);
      if (reply !== undefined) this.socket.send(reply, from.port, from.address);
    });
    this.socket.bind(0, "127.0.0.1");
    await once(this.socket, "listening");
    this.address = `127.0.0.1:${this.socket.address().port}`;
    return this;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(resolve));
  }

  private reply(query: Buffer): Buffer | undefined {
    const { name, end } = readName(query, headerBytes);
    const number = query.readUInt16BE(end);
    const type = (Object.keys(recordNumbers) as RecordType[]).find((each) => recordNumbers[each] === number);
    const answer = this.answer(name, type);
    if (answer === "silence") return undefined;
    if (answer === "garbage") return Buffer.concat([query.subarray(0, 2), Buffer.from("no DNS")]);
    const records = typeof answer === "number" ? [] : answer;
    const header = Buffer.alloc(headerBytes);
    query.copy(header, 0, 0, 2);
    // A response with recursion wanted and there, and its code.
    header.writeUInt16BE(0x8180 | (typeof answer === "number" ? answer : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    return Buffer.concat([
      header,
      query.subarray(headerBytes, end + 4),
      ...records.map((data) => record(number, data)),
    ]);
  }
}

const headerBytes = 12;

function readName(message: Buffer, from: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let position = from;
  for (let length = message[position] ?? 0; length > 0; length = message[position] ?? 0) {
    labels.push(message.toString("latin1", position + 1, position + 1 + length));
    position += 1 + length;
  }
  return { name: labels.join("."), end: position + 1 };
}

/** With a pointer to the name of the question. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 | headerBytes, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** The data of records. */
export const a = (address: string): Buffer => Buffer.from(address.split(".").map(Number));
export const aaaa = (groups: readonly number[]): Buffer =>
  Buffer.concat(groups.map((group) => Buffer.from([group >> 8, group & 0xff])));
export const domain = (name: string): Buffer =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.from(`\0${label}`).fill(label.length, 0, 1)),
    Buffer.alloc(1),
  ]);
export const mx = (priority: number, name: string): Buffer => Buffer.concat([Buffer.from([0, priority]), domain(name)]);
export const srv = (port: number, name: string): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 0, port >> 8, port & 0xff]), domain(name)]);
export const txt = (...parts: readonly string[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])));
