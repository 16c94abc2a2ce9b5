import type { HealthClient } from "../../../src/client/health-client.js";
import { eventually } from "../support/eventually.js";

/** A Watch stream, and when each status came. */
export class StatusWatch {
  readonly statuses: { readonly status: string; readonly atMs: number }[] = [];
  private readonly end = new AbortController();

  constructor(client: HealthClient, service: string) {
    void this.follow(client, service);
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
    this.end.abort();
  }

  private async follow(client: HealthClient, service: string): Promise<void> {
    for await (const update of client.watch(service, { signal: this.end.signal })) {
      if (update.kind === "status") this.statuses.push({ status: update.status, atMs: performance.now() });
    }
  }
}
