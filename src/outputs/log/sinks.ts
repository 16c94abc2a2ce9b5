import { fstatSync, write } from "node:fs";
import type { Writable } from "node:stream";
import type { Sink } from "./bounded-writer.js";

const retryAfterMs = 100;

/**
 * Standard output, never blocking the event loop. Node's own `process.stdout` does that for pipes and sockets (as in a
 * container or under systemd), but writes to files and terminals synchronously: those go through libuv's thread pool.
 */
export function stdoutSink(): Sink {
  const stat = fstatSync(1);
  return stat.isFIFO() || stat.isSocket() ? streamSink(process.stdout) : fileSink(1);
}

function streamSink(stream: Writable): Sink {
  // The callback of each write has the error too; without a listener a closed pipe would end the process.
  stream.on("error", () => {});
  return (text, done) => {
    stream.write(text, (error) => done(error ?? undefined));
  };
}

/** For a file or a terminal. Each call starts where the last one ended; there must be one at a time. */
function fileSink(fileDescriptor: number): Sink {
  return (text, done) => {
    const bytes = Buffer.from(text);
    const writeFrom = (offset: number): void => {
      write(fileDescriptor, bytes, offset, bytes.length - offset, null, (error, writtenBytes) => {
        if (error?.code === "EAGAIN") setTimeout(writeFrom, retryAfterMs, offset).unref();
        else if (error !== null) done(error);
        else if (offset + writtenBytes < bytes.length) writeFrom(offset + writtenBytes);
        else done();
      });
    };
    writeFrom(0);
  };
}
