import { assertNever } from "../core/assert-never.js";
import { type Clock, wakefulClock } from "../core/clock.js";
import { formatDuration } from "../core/units.js";
import { HealthClient, type HealthClientOptions, type HealthUpdate } from "./health-client.js";
import { HealthClientError } from "./health-client-error.js";
import { pause } from "./pause.js";

/** What is waited for, how long, and how it is asked. */
export interface WaitOptions extends Omit<HealthClientOptions, "timeoutMs" | "longestRetryMs"> {
  /** The component to wait for. Default: `""`, all that traffic depends on. */
  readonly service?: string | undefined;
  /** How long to wait at most, in milliseconds. Default: 60 000. */
  readonly timeoutMs?: number | undefined;
  /** Gives up waiting when it aborts: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is there instead of SERVING, each time that this is news. */
  readonly onUpdate?: ((update: HealthUpdate) => void) | undefined;
}

/** Limit for each answer: a server that starts may hang once, and is asked again. */
const longestAnswerMs = 5000;
/** Who waits for a server wants to know soon that it is there. */
const longestRetryMs = 1000;
/** Between Checks of a server that has no Watch. */
const pollMs = 1000;

/**
 * Resolves when the component is SERVING. Until then nothing ends the wait but the time: no connection, NOT_SERVING, a
 * component that the server does not have yet, errors of a proxy. A server without Watch is asked with Check each second;
 * one that has neither will never serve, so that ends the wait at once.
 *
 * ```ts
 * await waitUntilServing("127.0.0.1:50051", { service: "inference", timeoutMs: 60_000 });
 * ```
 *
 * @param address `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
 * @throws HealthClientError that says what was there last: `connection`, `rpc` or `not_serving`.
 * @throws TypeError where the address cannot be read, or the certificates cannot be used.
 */
export async function waitUntilServing(
  address: string,
  options: WaitOptions = {},
  /** @internal */
  clock: Clock = wakefulClock,
): Promise<void> {
  const { service = "", timeoutMs = 60_000, signal, onUpdate, ...clientOptions } = options;
  signal?.throwIfAborted();
  // Half the time at most, so that there is something to tell in the end.
  const answerTimeoutMs = Math.min(longestAnswerMs, timeoutMs / 2);
  const client = new HealthClient(address, { ...clientOptions, timeoutMs: answerTimeoutMs, longestRetryMs }, clock);
  const end = new AbortController();
  const abort = (): void => end.abort();
  const cancelLimit = clock.schedule(timeoutMs, abort);
  signal?.addEventListener("abort", abort);
  let last: HealthUpdate | undefined;
  try {
    for await (const update of updates(client, service, end.signal, clock)) {
      if (update.kind === "status" && update.status === "SERVING") return;
      if (!saysTheSame(update, last)) onUpdate?.(update);
      last = update;
    }
    signal?.throwIfAborted();
    throw notServing(client.address, service, timeoutMs, last);
  } finally {
    cancelLimit();
    signal?.removeEventListener("abort", abort);
    client.close();
  }
}

/** A Watch, or Checks where the server has no Watch. Ends when the signal aborts. */
async function* updates(
  client: HealthClient,
  service: string,
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<HealthUpdate, void, undefined> {
  try {
    yield* client.watch(service, { signal });
  } catch (error) {
    if (!isUnimplemented(error)) throw error;
  }
  while (!signal.aborted) {
    const update = await unlessAborted(checked(client, service), signal);
    if (update === undefined) return;
    yield update;
    await pause(clock, pollMs, signal);
  }
}

/** What the work gives; undefined as soon as the signal aborts, whatever becomes of the work. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(undefined);
    signal.addEventListener("abort", abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

async function checked(client: HealthClient, service: string): Promise<HealthUpdate> {
  try {
    return { kind: "status", status: await client.check(service) };
  } catch (error) {
    if (!(error instanceof HealthClientError) || isUnimplemented(error)) throw error;
    if (error.grpcStatus === "NOT_FOUND") return { kind: "status", status: "SERVICE_UNKNOWN" };
    return { kind: "interrupted", error, retryInMs: pollMs };
  }
}

const isUnimplemented = (error: unknown): boolean =>
  error instanceof HealthClientError && error.grpcStatus === "UNIMPLEMENTED";

const saysTheSame = (one: HealthUpdate, other: HealthUpdate | undefined): boolean =>
  one.kind === "status"
    ? other?.kind === "status" && one.status === other.status
    : other?.kind === "interrupted" && one.error.message === other.error.message;

function notServing(
  address: string,
  service: string,
  timeoutMs: number,
  last: HealthUpdate | undefined,
): HealthClientError {
  const within = `within ${formatDuration(timeoutMs)}`;
  if (last === undefined) {
    return new HealthClientError("connection", `${address} said nothing ${within}`, "DEADLINE_EXCEEDED");
  }
  switch (last.kind) {
    case "status":
      return new HealthClientError("not_serving", `${describeStatus(address, service, last.status)} ${within}`);
    case "interrupted": {
      const { kind, message, grpcStatus } = last.error;
      return new HealthClientError(kind, `not serving ${within}: ${message}`, grpcStatus, last.error);
    }
    default:
      return assertNever(last);
  }
}

/** `127.0.0.1:1 answers NOT_SERVING for "gpu/0"`. */
const describeStatus = (address: string, service: string, status: string): string =>
  `${address} answers ${status}${service === "" ? "" : ` for "${service}"`}`;
