import { assertNever } from "../../core/assert-never.js";
import { oneLine } from "../../core/one-line.js";
import { healthy } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import type { HealthStatus } from "../../proto/health.js";
import type { Reason } from "../reasons.js";
import { CheckError, type Result } from "../result.js";
import type { GrpcStatus } from "./grpc-call.js";

/** Who was asked for what. */
export interface Asked {
  readonly where: string;
  /** Empty: the server as a whole. */
  readonly service: string;
}

/** What a health status means. */
export function judgeStatus(status: HealthStatus, asked: Asked, elapsedMs: number): Result {
  const said = `${asked.where} says ${status} of ${subjectOf(asked)}`;
  switch (status) {
    case "SERVING":
      return healthy(`${said}, in ${formatDuration(elapsedMs)}`);
    case "NOT_SERVING":
      return {
        status: "unhealthy",
        reason: "not_serving",
        message: said,
        remedy: "see what the other server says of it",
      };
    case "UNKNOWN":
      return {
        status: "unhealthy",
        reason: "status_unknown",
        message: said,
        remedy: "wait: it does not know itself yet",
      };
    case "SERVICE_UNKNOWN":
      return { status: "unhealthy", reason: "service_not_found", message: said, remedy: checkTheName };
    default:
      return assertNever(status);
  }
}

/** What a call comes to that did not end with OK. */
export function rpcFailure({ code, details }: GrpcStatus, asked: Asked): CheckError {
  const { reason, remedy } = failures.get(code) ?? { reason: "rpc_failed", remedy: undefined };
  const said = oneLine(details, 200);
  const name = codeNames[code] ?? `status ${code}`;
  return new CheckError({
    reason,
    message: `${asked.where} answered ${name} for ${subjectOf(asked)}${said === "" ? "" : `: ${said}`}`,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

const subjectOf = ({ service }: Asked): string => (service === "" ? "the whole server" : JSON.stringify(service));

const checkTheName = "look for a typing error in `service`, and in the names that the server registers";

const failures: ReadonlyMap<number, { readonly reason: Reason; readonly remedy: string | undefined }> = new Map([
  [4, { reason: "timeout", remedy: "see why the server is so slow, or raise `timeout`" }],
  [5, { reason: "service_not_found", remedy: checkTheName }],
  [7, { reason: "permission_denied", remedy: "see which `metadata` or `tls.cert` it asks for" }],
  [
    12,
    {
      reason: "health_service_missing",
      remedy: "register grpc.health.v1.Health in the server, or use a check of type tcp",
    },
  ],
  [14, { reason: "unavailable", remedy: undefined }],
  [16, { reason: "authentication_failed", remedy: "see which `metadata` or `tls.cert` it asks for" }],
]);

/** By number, as the documentation of gRPC has them. */
const codeNames = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];
