import type { status } from "@grpc/grpc-js";

/** The name of a status code of gRPC: `UNAVAILABLE`, `NOT_FOUND`. */
export type GrpcStatusName = keyof typeof status;

/**
 * Why a {@link HealthClient} has no answer, or not the one that was waited for, in one sentence with the address.
 *
 * - `connection`: there is no connection to the server. `grpcStatus` is UNAVAILABLE, or DEADLINE_EXCEEDED.
 * - `rpc`: the server, or a proxy in front of it, answered the call with `grpcStatus`, or did not answer in time.
 * - `not_serving`: the server answered, and what was waited for did not come in time.
 */
export class HealthClientError extends Error {
  override readonly name = "HealthClientError";

  constructor(
    readonly kind: "connection" | "rpc" | "not_serving",
    message: string,
    /** Absent for `not_serving`. */
    readonly grpcStatus?: GrpcStatusName,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
