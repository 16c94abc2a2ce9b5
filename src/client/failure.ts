import { connectivityState, type ServiceError, status } from "@grpc/grpc-js";
import { formatDuration } from "../core/units.js";
import type { HealthStub } from "./channel.js";
import { type GrpcStatusName, HealthClientError } from "./health-client-error.js";

/** A call that failed, in words, with what to do about it. */
export function callFailure(
  address: string,
  stub: HealthStub,
  error: Pick<ServiceError, "code" | "details">,
): HealthClientError {
  const name = nameOf(error.code);
  if (isWithoutConnection.has(error.code) && !isConnected(stub)) {
    const message = `no connection to ${address}: ${systemError(error.details)}; ${whatToCheck}`;
    return new HealthClientError("connection", message, name, error);
  }
  const message = `${address} answered ${name}: ${error.details}${advice(error.code)}`;
  return new HealthClientError("rpc", message, name, error);
}

/** No connection within `timeoutMs`; `reason` is the last error, where there is one. */
export function connectFailure(address: string, timeoutMs: number, reason: string | undefined): HealthClientError {
  const why = reason === undefined ? "" : `: ${reason}`;
  const message = `cannot connect to ${address} within ${formatDuration(timeoutMs)}${why}; ${whatToCheck}`;
  return new HealthClientError("connection", message, "UNAVAILABLE");
}

/** The system's words in grpc-js's, which go on over the state of its resolver. */
export function systemError(details: string): string {
  const [, system] = /Last error: (?:Error(?: \[\w+\])?: )?(.*?)\s*\. Resolution note:/s.exec(details) ?? [];
  return (system ?? details).replaceAll(/\s+/g, " ");
}

const whatToCheck = "is the server running, and is this its gRPC port?";

/** How calls end that never reached a server. */
const isWithoutConnection = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

const isConnected = (stub: HealthStub): boolean =>
  stub.getChannel().getConnectivityState(false) === connectivityState.READY;

const nameOf = (code: status): GrpcStatusName => (status[code] ?? "UNKNOWN") as GrpcStatusName;

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
