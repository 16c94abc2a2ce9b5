/** A message's length in front of it, and whether it is compressed: the framing of gRPC over HTTP/2. */
const headerBytes = 5;

/** More than any health service has to say. */
const maxMessageBytes = 64 * 1024;

export function frameMessage(message: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** Puts the messages of a stream together again. */
export class MessageReader {
  private rest: Buffer = Buffer.alloc(0);

  /**
   * The messages that are complete with these bytes.
   *
   * @throws Error where the bytes are no messages: what follows makes no sense any more.
   */
  add(bytes: Buffer): readonly Buffer[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const messages: Buffer[] = [];
    while (this.rest.length >= headerBytes) {
      // No encoding was offered, so none may be used.
      if (this.rest[0] !== 0) throw new Error("a message is compressed, though that was not offered");
      const end = headerBytes + this.rest.readUInt32BE(1);
      if (end > maxMessageBytes) throw new Error(`a message is longer than ${maxMessageBytes} bytes`);
      if (this.rest.length < end) break;
      messages.push(this.rest.subarray(headerBytes, end));
      this.rest = this.rest.subarray(end);
    }
    return messages;
  }
}
