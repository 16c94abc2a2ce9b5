// Malformed requests of each kind, made from a seeded generator.

import { checkHeaders, flags, frame, frameTypes, opening } from "./frames.mjs";

const { data, headers, continuation, settings } = frameTypes;
const wholeHeaders = frame(headers, flags.endHeaders, 1, checkHeaders);
const body = (bytes) => Buffer.concat([opening, wholeHeaders, frame(data, flags.endStream, 1, bytes)]);

/** A valid request with some of its bytes changed, cut or doubled. */
function mutated(random, bytes) {
  const copy = Buffer.from(bytes);
  for (let change = 0; change <= random.below(8); change++) copy[random.below(copy.length)] = random.below(256);
  switch (random.below(3)) {
    case 0:
      return copy.subarray(0, 1 + random.below(copy.length));
    case 1:
      return Buffer.concat([copy, copy]);
    default:
      return copy;
  }
}

function messageWithLyingLength(random) {
  const header = Buffer.alloc(5);
  header.writeUInt8(random.below(256), 0);
  header.writeUInt32BE(random.of([0, 1, 100, 16_384, 2 ** 31, 2 ** 32 - 1]), 1);
  return body(Buffer.concat([header, random.bytes(random.below(64))]));
}

function messageOfNoise(random) {
  const message = random.bytes(1 + random.below(64));
  return body(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
}

/** What is sent to the gRPC port, by kind. */
export const malformedGrpc = {
  "no preface": (random) => random.bytes(1 + random.below(200)),
  "frames of noise": (random) => Buffer.concat([opening, random.bytes(9 + random.below(300))]),
  "frame headers": (random) => {
    const payload = random.bytes(random.below(40));
    return Buffer.concat([opening, frame(random.below(16), random.below(256), random.below(2 ** 31), payload)]);
  },
  SETTINGS: (random) =>
    Buffer.concat([opening, frame(settings, random.below(2), random.below(2), random.bytes(random.below(60)))]),
  HPACK: (random) =>
    Buffer.concat([
      opening,
      frame(headers, flags.endHeaders | flags.endStream, 1, random.bytes(1 + random.below(120))),
    ]),
  "HPACK, mutated": (random) =>
    Buffer.concat([opening, frame(headers, flags.endHeaders, 1, mutated(random, checkHeaders))]),
  "CONTINUATION without end": (random) =>
    Buffer.concat([
      opening,
      frame(headers, 0, 1, checkHeaders),
      ...Array.from({ length: 1 + random.below(30) }, () => frame(continuation, 0, 1, random.bytes(random.below(50)))),
    ]),
  "gRPC framing": messageWithLyingLength,
  protobuf: messageOfNoise,
  "whole request, mutated": (random) => mutated(random, body(Buffer.from([0, 0, 0, 0, 5, 0x0a, 3, 0x67, 0x70, 0x75]))),
};

const request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
const lineEnd = "\r\n";

const withHeaders = (lines, rest = "") =>
  Buffer.from(`POST /readyz HTTP/1.1${lineEnd}Host: a${lineEnd}${lines}${lineEnd}${lineEnd}${rest}`, "latin1");
const noise = (random, length) => random.bytes(length).toString("latin1");

/** What is sent to the HTTP port, by kind. */
export const malformedHttp = {
  noise: (random) => random.bytes(1 + random.below(300)),
  "request lines": (random) =>
    Buffer.from(
      `${noise(random, 1 + random.below(10))} ${noise(random, random.below(20))} HTTP/${random.below(10)}.${random.below(10)}${lineEnd}${lineEnd}`,
      "latin1",
    ),
  paths: (random) =>
    Buffer.from(
      `GET /${random.of(["%", "..%2f", "%00", "//", "?", "%c0%af", "#"]).repeat(1 + random.below(20))}${noise(random, random.below(9)).replaceAll(/[\s\0]/g, "%")} HTTP/1.1${lineEnd}Host: a${lineEnd}Connection: close${lineEnd}${lineEnd}`,
      "latin1",
    ),
  methods: (random) =>
    Buffer.from(
      `${random.of(["FOO", "get", "CONNECT", "TRACE", "PRI", "OPTIONS", "DELETE", ""])} ${random.of(["*", "/", "http://x/", "readyz"])} HTTP/1.1${lineEnd}Host: a${lineEnd}Connection: close${lineEnd}${lineEnd}`,
    ),
  headers: (random) => withHeaders(noise(random, 1 + random.below(200))),
  "lengths that contradict": (random) =>
    withHeaders(
      `Content-Length: ${random.of(["-1", "1e9", "99999999999999999999", "5, 6", "0x10", "5"])}${lineEnd}${random.of(["Transfer-Encoding: chunked", "Content-Length: 7", "Transfer-Encoding: gzip", "X: y"])}`,
      noise(random, random.below(30)),
    ),
  chunks: (random) =>
    withHeaders(
      `Transfer-Encoding: chunked`,
      `${random.of(["zz", "ffffffffffffffff", "-1", "5", "5;"])}${lineEnd}${noise(random, random.below(20))}${lineEnd}`,
    ),
  "headers, too many": (random) =>
    withHeaders(
      Array.from({ length: 200 + random.below(2000) }, (_, index) => `x-${index}: ${random.below(1000)}`).join(lineEnd),
    ),
  "whole request, mutated": (random) => mutated(random, Buffer.from(request)),
  "requests in one packet": (random) => Buffer.from(request.repeat(1 + random.below(40))),
};
