import type { IncomingMessage } from "node:http";
import { pause } from "../../client/pause.js";
import type { Clock } from "../../core/clock.js";
import { EventStreamParser } from "../../live/event-stream.js";
import type { LiveEvent } from "../../live/follow.js";
import { type Known, silenceMs } from "../../live/known.js";
import { Viewer } from "../../live/viewer.js";
import { CommandFailure } from "../exit-code.js";
import { type HttpTarget, openRequest } from "../http-request.js";

/**
 * Follows a server's stream until `stop` aborts, and connects again whenever it is lost. Rejects where the very first
 * connection fails: that is an address to correct, and nothing to wait for.
 */
export async function followStream(
  target: HttpTarget,
  clock: Clock,
  show: (known: Known) => void,
  stop: AbortSignal,
): Promise<void> {
  const viewer = new Viewer(show);
  while (!stop.aborted) {
    const startedMs = clock.nowMs();
    try {
      await readStream(target, clock, stop, (events) => viewer.take(events, clock.nowMs()));
    } catch (error) {
      if (stop.aborted) return;
      if (!viewer.knowsAnything || error instanceof CommandFailure) throw error;
      const problem = error instanceof Error ? error.message : String(error);
      const lastedMs = clock.nowMs() - startedMs;
      const delayMs = viewer.ended(problem, lastedMs, error instanceof EndedInOrder);
      if (delayMs > 0) await pause(clock, delayMs, stop);
    }
  }
}

/** Rejects with the reason, in words, when the stream has ended. */
function readStream(
  target: HttpTarget,
  clock: Clock,
  stop: AbortSignal,
  take: (events: readonly LiveEvent[]) => void,
): Promise<never> {
  return new Promise((_, reject) => {
    const attempt = new AbortController();
    const outgoing = openRequest(target, { method: "GET", path: "/status/stream", signal: attempt.signal });
    let cancelWatchdog = (): void => {};
    const fail = (error: Error): void => {
      cancelWatchdog();
      stop.removeEventListener("abort", onStop);
      reject(error);
      attempt.abort();
    };
    const onStop = (): void => fail(new Error("stopped"));
    const isAlive = (): void => {
      cancelWatchdog();
      cancelWatchdog = clock.schedule(silenceMs, () => fail(new Error("the server says nothing any more")));
    };
    stop.addEventListener("abort", onStop);
    isAlive();
    const parser = new EventStreamParser();
    outgoing.on("error", (error: NodeJS.ErrnoException) => fail(new Error(connectionProblem(error))));
    outgoing.on("response", (response) => {
      if (response.statusCode !== 200) {
        fail(new RefusedError(response));
        return;
      }
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        isAlive();
        try {
          take(parser.push(piece).map(({ event, data }) => ({ event, data: JSON.parse(data) }) as LiveEvent));
        } catch (error) {
          fail(new Error(`the server sends what is no stream of events: ${String(error)}`));
        }
      });
      response.on("end", () => fail(new EndedInOrder("the server ended the connection")));
      response.on("error", () => fail(new Error("the connection broke")));
    });
    outgoing.end();
  });
}

class EndedInOrder extends Error {}

/** The server answers, and not with a stream. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";

  constructor({ statusCode = 0 }: IncomingMessage) {
    const hints: Readonly<Record<number, string>> = {
      401: ": it needs a token, see --token",
      403: ": this address may not read details (http.details.allow)",
      404: ": it has no live state; is it the HTTP listener of gpu-health?",
      503: ": as many viewers as there may be are connected, or it is shutting down",
    };
    super(`the server answers HTTP ${statusCode}${hints[statusCode] ?? ""}`);
  }
}

function connectionProblem({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ECONNREFUSED":
      return "nobody listens there";
    case "ECONNRESET":
      return "the server closed the connection";
    default:
      return code?.startsWith("HPE_") === true ? "it does not speak HTTP; is this its gRPC address?" : message;
  }
}
