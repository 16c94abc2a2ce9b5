import type { AnyCheckType } from "./check-type.js";

/** Every check type, one line each. */
export const catalogue: readonly AnyCheckType[] = [];
