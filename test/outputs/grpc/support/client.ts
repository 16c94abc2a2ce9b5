import { credentials, makeClientConstructor, type ServiceError } from "@grpc/grpc-js";
import { onTestFinished } from "vitest";
import type { HealthClient } from "../../../../src/proto/generated/grpc/health/v1/Health.js";
import { type HealthStatus, healthService } from "../../../../src/proto/health.js";

/** A grpc-js client on a connection of its own, closed at the end of the test. */
export function healthClient(address: string): HealthClient {
  const Client = makeClientConstructor(healthService, "grpc.health.v1.Health");
  const options = { "grpc.use_local_subchannel_pool": 1, "grpc.enable_http_proxy": 0 };
  const client = new Client(address, credentials.createInsecure(), options) as unknown as HealthClient;
  onTestFinished(() => client.close());
  return client;
}

/** The status, or the error, that one Check gives. */
export function check(client: HealthClient, service = ""): Promise<HealthStatus | ServiceError> {
  return new Promise((resolve) => {
    client.Check({ service }, (error, response) => resolve(error ?? response?.status ?? "UNKNOWN"));
  });
}

/** What one Watch stream has said so far. */
export class Watcher {
  readonly statuses: HealthStatus[] = [];
  /** Why it ended; undefined while it is open. */
  end: ServiceError | "ok" | undefined;
  private readonly stream;
  private readonly waiting = new Set<() => void>();

  constructor(client: HealthClient, service = "") {
    this.stream = client.Watch({ service });
    this.stream.on("data", ({ status }: { status: HealthStatus }) => {
      this.statuses.push(status);
      this.wake();
    });
    this.stream.on("error", (error: ServiceError) => {
      this.end ??= error;
      this.wake();
    });
    this.stream.on("end", () => {
      // An error comes with an end too, and before it.
      setImmediate(() => {
        this.end ??= "ok";
        this.wake();
      });
    });
  }

  cancel(): void {
    this.stream.cancel();
  }

  /** Resolves once this many statuses have come; fails when the stream ends before. */
  async said(count: number): Promise<readonly HealthStatus[]> {
    await this.until(() => this.statuses.length >= count || this.end !== undefined);
    if (this.statuses.length < count) throw new Error(`the stream ended after ${JSON.stringify(this.statuses)}`);
    return this.statuses;
  }

  async ended(): Promise<ServiceError | "ok"> {
    await this.until(() => this.end !== undefined);
    return this.end ?? "ok";
  }

  private async until(isReached: () => boolean): Promise<void> {
    while (!isReached()) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
