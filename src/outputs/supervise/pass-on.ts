import type { Readable, Writable } from "node:stream";

/** A line that is longer is passed on in parts. */
const maxLineBytes = 64 * 1024;
const lineFeed = 0x0a;

/**
 * Passes on what a program writes, in whole lines, so that none of them lies across a line of our log. While nobody takes
 * it the program waits, as it would without us.
 */
export function passOn(source: Readable, target: Writable): void {
  let rest: Buffer = Buffer.alloc(0);
  const write = (bytes: Buffer): void => {
    if (bytes.length === 0 || target.write(bytes)) return;
    source.pause();
    target.once("drain", () => source.resume());
  };
  source.on("data", (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lineEnd = bytes.lastIndexOf(lineFeed) + 1;
    const end = bytes.length - lineEnd > maxLineBytes ? bytes.length : lineEnd;
    rest = bytes.subarray(end);
    write(bytes.subarray(0, end));
  });
  source.once("end", () => write(rest));
  source.on("error", () => {});
  // A reader that went away must end neither the program nor this process.
  if (target.listenerCount("error") === 0) target.on("error", () => {});
}
