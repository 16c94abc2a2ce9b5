import type { ServingStatus } from "../../core/status.js";
import type { Listener } from "../../core/watchers.js";

/** A name and what is served under it. */
export interface NamedStatus {
  readonly name: string;
  readonly serving: ServingStatus;
}

/** What the methods of the health service read: a registry, or statuses that a program sets itself. */
export interface StatusSource {
  /** Undefined where there is none of that name. */
  get(name: string): NamedStatus | undefined;
  list(): Iterable<NamedStatus>;
  /** Calls `listener` on every change of `name`, with undefined while there is none. Gives a function that ends it. */
  watch(name: string, listener: Listener<ServingStatus | undefined>): () => void;
}
