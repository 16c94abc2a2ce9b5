import type { ConnectionOptions } from "node:tls";
import type { Address } from "../../core/address.js";
import { oneLine } from "../../core/one-line.js";
import { openHttp2 } from "../common/http2-connection.js";
import { deadlineError, networkError } from "../common/network-error.js";
import type { Deadline } from "../common/open-socket.js";
import { withoutSecrets } from "../common/secret.js";
import { type GrpcStatus, startCall } from "../network/grpc-call.js";
import type { Reason } from "../reasons.js";
import { CheckError } from "../result.js";

/**
 * Milvus over gRPC, without Milvus's own driver for Node: that one keeps pools of channels, tries again by itself, sends
 * telemetry by a timer and takes no deadline from a caller, while a check needs four messages and a connection that ends
 * with the run. A session is not announced with `Connect` either, or Milvus would list a client for every run.
 */

export interface MilvusTarget {
  readonly address: Address;
  /** How messages name Milvus. */
  readonly where: string;
  /** Undefined: no TLS. */
  readonly tls: ConnectionOptions | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** What no message may repeat. */
  readonly secrets: readonly string[];
}

/** One call of `milvus.proto.milvus.MilvusService`; gives the bytes of the answer. */
export type MilvusCall = (method: string, message: Buffer) => Promise<Buffer>;

/**
 * Does `work` on a connection of its own.
 *
 * @throws CheckError `authentication_failed`, `permission_denied`, `not_milvus`, `unavailable`, `rpc_failed`, `not_grpc`,
 * `http2_not_offered`, and those of `network-error.ts`.
 */
export async function withMilvus<T>(
  target: MilvusTarget,
  deadline: Deadline,
  timeoutMs: number,
  work: (call: MilvusCall) => Promise<T>,
): Promise<T> {
  const { address, where, tls, metadata, secrets } = target;
  const { clock, signal } = deadline;
  const startedAtMs = clock.nowMs();
  const elapsedMs = () => clock.nowMs() - startedAtMs;
  const connection = await openHttp2({ address, where }, tls, deadline);
  const request = {
    authority: address.kind === "unix" ? "localhost" : where,
    isTls: tls !== undefined,
    metadata,
    where,
  };

  const call: MilvusCall = (method, message) =>
    new Promise((resolve, reject) => {
      let answer: Buffer | undefined;
      const path = `/milvus.proto.milvus.MilvusService/${method}`;
      const failure = (end: GrpcStatus | Error): Error => {
        if (end instanceof CheckError) return end;
        if (end instanceof Error) return networkError(end, where, elapsedMs());
        return callError(method, end, where, secrets);
      };
      const onEnd = (end: GrpcStatus | Error) => {
        if (!(end instanceof Error) && end.code === 0 && answer !== undefined) resolve(answer);
        else reject(failure(end));
      };
      const onMessage = (bytes: Buffer) => {
        answer = bytes;
      };
      try {
        startCall(connection, { ...request, path, message, timeoutMs }, { onMessage, onEnd });
      } catch (error) {
        // The connection broke since the last call.
        reject(networkError(error, where, elapsedMs()));
      }
    });

  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(deadlineError(where, "connected, but no answer", elapsedMs()));
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work(call), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    connection.close();
  }
}

function callError(
  method: string,
  { code, details }: GrpcStatus,
  where: string,
  secrets: readonly string[],
): CheckError {
  const { reason, remedy } = failures.get(code) ?? {
    reason: "rpc_failed",
    remedy: "look at the log of Milvus's proxy",
  };
  const said = oneLine(withoutSecrets(details, secrets), 200);
  const message = `${where} answered ${method} with gRPC status ${code}${said === "" ? "" : `: ${said}`}`;
  return new CheckError({ reason, message, remedy });
}

/** By status codes of gRPC. */
const failures: ReadonlyMap<number, { readonly reason: Reason; readonly remedy: string }> = new Map([
  [4, { reason: "timeout", remedy: "see why Milvus is so slow, or raise `timeout`" }],
  [7, { reason: "permission_denied", remedy: "grant the user what this check reads" }],
  [12, { reason: "not_milvus", remedy: "see whether this is the gRPC port of Milvus 2.2 or later" }],
  [14, { reason: "unavailable", remedy: "look at the log of Milvus's proxy: it may still be starting" }],
  [16, { reason: "authentication_failed", remedy: "see whether `token`, or `username` and `password`, are right" }],
]);
