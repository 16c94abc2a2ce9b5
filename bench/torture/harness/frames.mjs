// HTTP/2 frames by hand, for what no library would send.

export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
export const frameTypes = {
  data: 0,
  headers: 1,
  resetStream: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
  continuation: 9,
};
export const flags = { endStream: 1, endHeaders: 4 };

export function frame(type, flagBits, streamId, payload = Buffer.alloc(0)) {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length & 0xffffff, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flagBits, 4);
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

export const opening = Buffer.concat([preface, frame(frameTypes.settings, 0, 0)]);

/** A header as a literal without indexing and without Huffman coding; texts of up to 126 bytes. */
const literal = (name, value) =>
  Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);

const request = (path) =>
  Buffer.concat([
    literal(":method", "POST"),
    literal(":scheme", "http"),
    literal(":path", path),
    literal(":authority", "torture"),
    literal("content-type", "application/grpc"),
    literal("te", "trailers"),
  ]);

export const checkHeaders = request("/grpc.health.v1.Health/Check");
export const watchHeaders = request("/grpc.health.v1.Health/Watch");
