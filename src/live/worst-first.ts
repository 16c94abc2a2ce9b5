import { compareStatus, type Status } from "../core/status.js";

type Named<T> = readonly [name: string, of: T];

/** What is wrong first, so that it does not drown among what is well; equals stay in their order. */
export const worstFirst = <T extends { readonly status: Status }>(all: readonly Named<T>[]): readonly Named<T>[] =>
  all.toSorted(([, one], [, other]) => compareStatus(other.status, one.status));
