import type { ServingStatus } from "../../core/status.js";
import { type Listener, Watchers } from "../../core/watchers.js";
import type { NamedStatus, StatusSource } from "../../outputs/grpc/status-source.js";

/** Statuses that a program sets itself. */
export class StatusMap implements StatusSource {
  private readonly statuses = new Map<string, NamedStatus>();
  private readonly watchers = new Watchers<ServingStatus | undefined>();

  get(name: string): NamedStatus | undefined {
    return this.statuses.get(name);
  }

  list(): Iterable<NamedStatus> {
    return this.statuses.values();
  }

  watch(name: string, listener: Listener<ServingStatus | undefined>): () => void {
    return this.watchers.add(name, listener);
  }

  set(name: string, serving: ServingStatus): void {
    this.statuses.set(name, { name, serving });
    this.watchers.tell(name, serving);
  }
}
