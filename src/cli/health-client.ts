import {
  type ChannelCredentials,
  type ChannelOptions,
  type ClientReadableStream,
  compressionAlgorithms,
  credentials,
  makeClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { formatDuration } from "../core/units.js";
import type { HealthClient } from "../proto/generated/grpc/health/v1/Health.js";
import { healthService } from "../proto/health.js";
import { CommandFailure, exitCode } from "./exit-code.js";
import type { Target } from "./target.js";

export interface ConnectOptions {
  readonly timeoutMs: number;
  readonly credentials?: ChannelCredentials;
  /** Comes first in the `user-agent` header. */
  readonly userAgent?: string;
  /** Compress requests. */
  readonly gzip?: boolean;
  /** The host name that the server's certificate must carry, if another than the address's. */
  readonly serverName?: string;
}

type HealthClientConstructor = new (
  uri: string,
  credentials: ChannelCredentials,
  options: ChannelOptions,
) => HealthClient;

const Client = makeClientConstructor(healthService, "grpc.health.v1.Health") as unknown as HealthClientConstructor;

/** A connected client. Throws a CommandFailure where there is no connection in time; close the client afterwards. */
export async function connect(target: Target, options: ConnectOptions): Promise<HealthClient> {
  const client = new Client(target.uri, options.credentials ?? credentials.createInsecure(), channelOptions(options));
  try {
    await ready(client, Date.now() + options.timeoutMs);
  } catch {
    const reason = await connectionError(client);
    client.close();
    throw new CommandFailure(
      exitCode.connection,
      `cannot connect to ${target.address} within ${formatDuration(options.timeoutMs)}${reason === undefined ? "" : `: ${reason}`}; ` +
        "is the server running, and is this its gRPC port?",
    );
  }
  return client;
}

/** One unary call. Throws a CommandFailure for every status but OK. */
export function call<Response>(
  target: Target,
  send: (callback: (error: ServiceError | null, response?: Response) => void) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    send((error, response) => {
      if (error !== null) reject(rpcFailure(target, error));
      else if (response === undefined) reject(new Error("grpc-js gave neither an error nor a response"));
      else resolve(response);
    });
  });
}

/** Resolves when `stop` aborts the stream. Throws a CommandFailure when the server ends it, whatever the status. */
export function untilStopped(target: Target, stream: ClientReadableStream<unknown>, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => stream.cancel();
    stop.addEventListener("abort", abort);
    if (stop.aborted) abort();
    stream.on("error", (error: ServiceError) => (stop.aborted ? resolve() : reject(rpcFailure(target, error))));
    stream.on("end", () => {
      stop.removeEventListener("abort", abort);
      // After an error this comes second and changes nothing.
      reject(new CommandFailure(exitCode.rpc, `${target.address} ended the stream; watch it again`));
    });
  });
}

/** A failed RPC in words, with what to do about it. */
function rpcFailure(target: Target, error: ServiceError): CommandFailure {
  return new CommandFailure(
    exitCode.rpc,
    `${target.address} answered ${status[error.code]}: ${error.details}${advice(error.code)}`,
    error,
  );
}

function advice(code: status): string {
  switch (code) {
    case status.UNIMPLEMENTED:
      return "; this server has no grpc.health.v1.Health service, or not this method of it";
    case status.DEADLINE_EXCEEDED:
      return "; it is overloaded or hangs, or the timeout is too short for the way there";
    default:
      return "";
  }
}

function channelOptions({ userAgent, gzip, serverName }: ConnectOptions): ChannelOptions {
  return {
    // A probe asks the server itself: a proxy's answer, or none from the proxy, would say nothing about it.
    "grpc.enable_http_proxy": 0,
    // No TXT record lookup before the first call.
    "grpc.service_config_disable_resolution": 1,
    ...(userAgent === undefined ? {} : { "grpc.primary_user_agent": userAgent }),
    ...(gzip ? { "grpc.default_compression_algorithm": compressionAlgorithms.gzip } : {}),
    ...(serverName === undefined ? {} : { "grpc.ssl_target_name_override": serverName }),
  };
}

function ready(client: HealthClient, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(deadlineMs, (error) => (error ? reject(error) : resolve()));
  });
}

/** How long a call may take that is expected to fail at once with the last connection error. */
const connectionErrorTimeoutMs = 50;

/** Why there is no connection, which `waitForReady` does not say but a call that does not wait does. */
function connectionError(client: HealthClient): Promise<string | undefined> {
  return new Promise((resolve) => {
    client.Check({}, { deadline: Date.now() + connectionErrorTimeoutMs }, (error) => {
      resolve(error?.code === status.UNAVAILABLE ? systemError(error.details) : undefined);
    });
  });
}

/** The system's words in grpc-js's, which go on over the state of its resolver. */
function systemError(details: string): string {
  const [, system] = /Last error: (?:Error(?: \[\w+\])?: )?(.*?)\s*\. Resolution note:/s.exec(details) ?? [];
  return (system ?? details).replaceAll(/\s+/g, " ");
}
