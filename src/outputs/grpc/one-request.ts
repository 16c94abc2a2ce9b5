import { type ServerDuplexStream, status } from "@grpc/grpc-js";

/** «Request cardinality violation» in the gRPC project's list of status codes. */
export const cardinality = {
  many: { code: status.UNIMPLEMENTED, details: "more than one request message: this method takes exactly one" },
  none: { code: status.UNIMPLEMENTED, details: "no whole request message before the end of the request" },
} as const;

/**
 * Calls `answer` once the whole request is here; never where the call has ended before. For methods with one request and
 * a stream of answers: grpc-js has handlers for those, but calls them for calls too that have ended (a deadline that has
 * passed while the request was under way) and never says that they have. Of bidirectional ones it tells every end, with
 * `cancelled`. On the wire both are alike.
 */
export function onOneRequest<Request, Response>(
  stream: ServerDuplexStream<Request, Response>,
  answer: (request: Request) => void,
): void {
  let request: Request | undefined;
  const onEnd = (): void => {
    if (request === undefined) {
      stream.emit("error", cardinality.none);
      return;
    }
    const whole = request;
    // The stream may stay open for weeks, and a request may be large.
    request = undefined;
    answer(whole);
  };
  stream.on("end", onEnd);
  stream.on("data", (message: Request) => {
    if (request === undefined) {
      request = message;
      return;
    }
    stream.off("end", onEnd);
    stream.emit("error", cardinality.many);
  });
}
