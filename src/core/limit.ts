/** An amount, in bytes or as a share of the whole (0 to 1). */
export type Amount =
  | { readonly kind: "bytes"; readonly bytes: number }
  | { readonly kind: "ratio"; readonly ratio: number };

/** A limit that counts once it has been broken without a break for `forMs`; 0: at once. */
export interface Sustained<Limit> {
  readonly limit: Limit;
  readonly forMs: number;
}
