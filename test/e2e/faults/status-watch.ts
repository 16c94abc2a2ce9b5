import type { HealthClient } from "../../../src/proto/generated/grpc/health/v1/Health.js";
import { eventually } from "../support/eventually.js";

/** A Watch stream, and when each status came. */
export class StatusWatch {
  readonly statuses: { readonly status: string; readonly atMs: number }[] = [];
  private readonly cancel: () => void;

  constructor(client: HealthClient, service: string) {
    const stream = client.Watch({ service });
    stream.on("data", ({ status }) => this.statuses.push({ status, atMs: performance.now() }));
    stream.on("error", () => {});
    this.cancel = () => stream.cancel();
  }

  /** When the status came that was not there yet among the first `known`. */
  until(status: string, known: number): Promise<number> {
    return eventually(() => {
      const found = this.statuses.slice(known).find((each) => each.status === status);
      if (found === undefined) throw new Error(`the stream said ${this.statuses.map((each) => each.status)}`);
      return found.atMs;
    });
  }

  stop(): void {
    this.cancel();
  }
}
