import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { type HealthStatus, healthService, type StatusResponse, statusResponses } from "../../src/proto/health.js";

interface Asked {
  readonly service: string;
}
type WatchStream = ServerWritableStream<Asked, StatusResponse>;

export interface HealthServerOptions {
  readonly credentials?: ServerCredentials;
  /** False: Watch is UNIMPLEMENTED, as in many servers. */
  readonly hasWatch?: boolean;
  /** False: nothing is answered. */
  readonly answers?: boolean;
  readonly address?: string;
}

/** A grpc.health.v1 server on grpc-js whose statuses a test sets. */
export class HealthServer {
  /** What calls said: metadata of each Check, by name. */
  readonly checks: Readonly<Record<string, unknown>>[] = [];
  address = "";
  private readonly statuses = new Map<string, HealthStatus>([["", "SERVING"]]);
  private readonly watchers = new Map<WatchStream, string>();
  private readonly server = new Server();

  get watcherCount(): number {
    return this.watchers.size;
  }

  async listen({
    credentials = ServerCredentials.createInsecure(),
    hasWatch = true,
    answers = true,
    address = "127.0.0.1:0",
  }: HealthServerOptions = {}): Promise<this> {
    const { Check, Watch } = healthService;
    const check: handleUnaryCall<Asked, StatusResponse> = (call, callback) => {
      this.checks.push({ ...call.metadata.getMap(), ":authority": call.getHost() });
      if (!answers) return;
      const found = this.statuses.get(call.request.service);
      if (found === undefined) callback({ code: status.NOT_FOUND, details: "unknown service" });
      else callback(null, statusResponses[found]);
    };
    const watch: handleServerStreamingCall<Asked, StatusResponse> = (stream) => {
      const { service } = stream.request;
      this.watchers.set(stream, service);
      stream.on("cancelled", () => this.watchers.delete(stream)).on("error", () => {});
      if (answers) stream.write(statusResponses[this.statuses.get(service) ?? "SERVICE_UNKNOWN"]);
    };
    this.server.addService(hasWatch ? { Check, Watch } : { Check }, { Check: check, Watch: watch });
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(address, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
    });
    this.address = address.startsWith("unix:") ? address : `127.0.0.1:${port}`;
    return this;
  }

  set(service: string, to: HealthStatus): void {
    this.statuses.set(service, to);
    for (const [stream, watched] of this.watchers) if (watched === service) stream.write(statusResponses[to]);
  }

  /** As a process that is killed: every connection breaks. */
  stop(): void {
    this.server.forceShutdown();
    this.watchers.clear();
  }
}
