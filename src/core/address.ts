/** Where a server listens or a client connects. */
export type Address =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export type ParsedAddress =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly problem: string };

const examples = "as in 127.0.0.1:9091, [::1]:9091 or unix:/run/gpu-health.sock";

/** Reads `HOST:PORT`, `[IPV6]:PORT` and `unix:PATH` (also `unix:///PATH`, as gRPC clients write it). */
export function parseAddress(text: string): ParsedAddress {
  const problem = (what: string): ParsedAddress => ({ ok: false, problem: `${JSON.stringify(text)} ${what}` });
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    if (path === "") return problem(`names no socket: write an address ${examples}`);
    // sun_path holds 108 bytes with the closing zero on Linux.
    if (Buffer.byteLength(path) > 107) return problem("is too long: the path of a Unix socket has at most 107 bytes");
    return { ok: true, address: { kind: "unix", path } };
  }
  const match = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:/[\]]+)):([0-9]+)$/.exec(text);
  if (match === null) return problem(`is not an address: write a host and a port, ${examples}`);
  const [, ipv6, name, digits = ""] = match;
  const port = Number(digits);
  if (port > 65_535) return problem("has no valid port: ports are 0 to 65535");
  return { ok: true, address: { kind: "tcp", host: ipv6 ?? name ?? "", port } };
}

/** The text that {@link parseAddress} reads. */
export function formatAddress(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
