/** Enough to recognise a name by; a client may send one of any length, and the message goes into an HTTP/2 header. */
const longestQuoted = 64;

/**
 * A component's name for use in a message. Cut by code points, not by UTF-16 units: half of a surrogate pair cannot be
 * encoded, and grpc-js would throw.
 */
export function quoteName(name: string): string {
  const start = [...name.slice(0, 2 * longestQuoted + 1)];
  if (start.length <= longestQuoted) return `"${name}"`;
  return `"${start.slice(0, longestQuoted).join("")}…" (${name.length} characters)`;
}
