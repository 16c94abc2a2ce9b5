import { type Address, formatAddress } from "../../core/address.js";
import { decodeStatusResponse, encodeCheckRequest, type HealthStatus, healthService } from "../../proto/health.js";
import { type Http2Connection, openHttp2 } from "../common/http2-connection.js";
import { deadlineError, networkError } from "../common/network-error.js";
import type { Deadline } from "../common/open-socket.js";
import { resolveSecret, withoutSecrets } from "../common/secret.js";
import { readTls, type TlsOptions } from "../common/tls-options.js";
import { CheckError } from "../result.js";
import { type GrpcRequest, type GrpcStatus, startCall } from "./grpc-call.js";
import { rpcFailure } from "./grpc-verdict.js";

export interface HealthTarget {
  readonly address: Address;
  readonly service: string;
  readonly tls: TlsOptions | undefined;
  /** What `:authority` says; undefined: the address. */
  readonly authority: string | undefined;
  /** Values may end in `file:/PATH`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A connection to a health server, and what each call on it says. */
interface Connected {
  readonly connection: Http2Connection;
  readonly request: Omit<GrpcRequest, "path" | "timeoutMs">;
}

/** Asks a grpc.health.v1 server, each time on a connection of its own. Files with secrets are read anew for each. */
export class HealthClient {
  readonly where: string;

  constructor(private readonly target: HealthTarget) {
    this.where = formatAddress(target.address);
  }

  /**
   * One Check.
   *
   * @throws CheckError as `rpcFailure` and `network-error.ts` have them; `not_grpc`, `http2_not_offered`.
   */
  async check(deadline: Deadline, timeoutMs: number): Promise<HealthStatus> {
    const { clock, signal } = deadline;
    const startedAtMs = clock.nowMs();
    const elapsedMs = () => clock.nowMs() - startedAtMs;
    const { connection, request } = await this.connect(deadline);
    let onAbort = () => {};
    try {
      return await new Promise((resolve, reject) => {
        onAbort = () => reject(deadlineError(this.where, "connected, but no answer", elapsedMs()));
        if (signal.aborted) onAbort();
        else signal.addEventListener("abort", onAbort, { once: true });
        let status: HealthStatus | undefined;
        startCall(
          connection,
          { ...request, path: healthService.Check.path, timeoutMs },
          {
            onMessage: (message) => {
              status = decodeStatusResponse(message).status;
            },
            onEnd: (end) => {
              const failure = this.failure(end, request.metadata, elapsedMs());
              if (failure !== undefined) reject(failure);
              else if (status === undefined) reject(this.failure({ code: 13, details: "no message" }, {}, elapsedMs()));
              else resolve(status);
            },
          },
        );
      });
    } finally {
      signal.removeEventListener("abort", onAbort);
      connection.close();
    }
  }

  /**
   * Opens a Watch. The connection is closed when the stream has ended; the returned function ends it.
   *
   * @throws CheckError where there is no connection.
   */
  async watch(deadline: Deadline, told: (status: HealthStatus) => void, ended: (end: GrpcStatus | Error) => void) {
    const { connection, request } = await this.connect(deadline);
    startCall(
      connection,
      { ...request, path: healthService.Watch.path },
      {
        onMessage: (message) => told(decodeStatusResponse(message).status),
        onEnd: (end) => {
          connection.close();
          ended(end);
        },
      },
    );
    return () => connection.close();
  }

  private async connect(deadline: Deadline): Promise<Connected> {
    const { address, service, tls, authority, metadata } = this.target;
    const { signal } = deadline;
    const values = await Promise.all(Object.values(metadata).map((value) => resolveSecret(value, signal)));
    const tlsFiles = tls === undefined ? undefined : await readTls(tls, signal);
    const connection = await openHttp2({ address, where: this.where }, tlsFiles, deadline);
    const request = {
      // What gRPC clients say where there is no name.
      authority: authority ?? (address.kind === "unix" ? "localhost" : this.where),
      isTls: tls !== undefined,
      metadata: Object.fromEntries(
        Object.keys(metadata).map((name, index) => [name.toLowerCase(), values[index] ?? ""]),
      ),
      message: encodeCheckRequest({ service }),
      where: this.where,
    };
    return { connection, request };
  }

  /** Undefined where the call ended with OK. */
  private failure(end: GrpcStatus | Error, metadata: GrpcRequest["metadata"], afterMs: number): Error | undefined {
    if (end instanceof CheckError) return end;
    if (end instanceof Error) return networkError(end, this.where, afterMs);
    if (end.code === 0) return undefined;
    const details = withoutSecrets(end.details, Object.values(metadata));
    return rpcFailure({ ...end, details }, { where: this.where, service: this.target.service });
  }
}
