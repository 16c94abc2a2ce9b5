import type { Clock } from "../../core/clock.js";
import { retryDelayMs } from "../../core/retry.js";
import type { HealthStatus } from "../../proto/health.js";
import type { GrpcStatus } from "./grpc-call.js";
import type { HealthClient } from "./grpc-client.js";

const retryDelays = { firstMs: 250, longestMs: 10_000 };
const unimplemented = 12;

/**
 * A Watch that is kept: what ends is begun again, after a wait that doubles while nothing is heard. A server without
 * Watch is not asked again until `restart`.
 */
export class HealthWatch {
  private failures = 0;
  private isStopped = false;
  private isUnsupported = false;
  private close = () => {};
  private cancelRetry = () => {};

  constructor(
    private readonly client: HealthClient,
    private readonly clock: Clock,
    /** For the connection to stand. */
    private readonly timeoutMs: number,
    private readonly told: (status: HealthStatus) => void,
    /** The stream ended: what it said last is no news any more. */
    private readonly ended: () => void,
  ) {}

  start(): void {
    void this.open();
  }

  /** For a server without Watch that may be another one by now. */
  restart(): void {
    if (!this.isUnsupported) return;
    this.isUnsupported = false;
    this.start();
  }

  stop(): void {
    this.isStopped = true;
    this.cancelRetry();
    this.close();
  }

  private async open(): Promise<void> {
    const abort = new AbortController();
    this.close = () => abort.abort();
    const cancelDeadline = this.clock.schedule(this.timeoutMs, () => abort.abort());
    try {
      const close = await this.client.watch(
        { clock: this.clock, signal: abort.signal },
        (status) => this.onStatus(status),
        (end) => this.onEnd(end),
      );
      if (this.isStopped) close();
      else this.close = close;
    } catch {
      // The check's own runs say why there is no connection.
      this.retry();
    } finally {
      cancelDeadline();
    }
  }

  private onStatus(status: HealthStatus): void {
    if (this.isStopped) return;
    this.failures = 0;
    this.told(status);
  }

  private onEnd(end: GrpcStatus | Error): void {
    if (this.isStopped) return;
    if ("code" in end && end.code === unimplemented) {
      this.isUnsupported = true;
      return;
    }
    this.ended();
    this.retry();
  }

  private retry(): void {
    if (this.isStopped) return;
    const delayMs = retryDelayMs(this.failures, retryDelays, Math.random());
    this.failures += 1;
    this.cancelRetry = this.clock.schedule(delayMs, () => this.start());
  }
}
