/** `xid_79` as `Xid79`: reasons of conditions and Events are one word that begins with a capital letter. */
export const camelCase = (code: string): string =>
  code
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
