import { BlockList, isIP } from "node:net";

export type ParsedNetwork =
  | { readonly ok: true; readonly address: string; readonly family: "ipv4" | "ipv6"; readonly prefix: number }
  | { readonly ok: false; readonly problem: string };

/** Reads one address (`10.1.2.3`) or a network in CIDR notation (`10.0.0.0/8`, `fd00::/8`). */
export function parseNetwork(text: string): ParsedNetwork {
  const [address = "", prefixText, ...more] = text.split("/");
  const version = isIP(address);
  const problem = (what: string): ParsedNetwork => ({ ok: false, problem: `${JSON.stringify(text)} ${what}` });
  if (version === 0 || more.length > 0 || address.includes("%")) {
    return problem("is no address and no network: write 10.0.0.0/8, fd00::/8 or 10.1.2.3");
  }
  if (withoutMapping(address) !== address) {
    return problem(`is an IPv4 address inside IPv6: write the IPv4 one, ${withoutMapping(address)}`);
  }
  const bits = version === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefixText !== undefined && (!/^[0-9]{1,3}$/.test(prefixText) || prefix > bits)) {
    return problem(`has no valid prefix: it is 0 to ${bits}`);
  }
  return { ok: true, address, family: version === 4 ? "ipv4" : "ipv6", prefix };
}

/**
 * Whether a peer is in one of the networks, each as {@link parseNetwork} reads it. IPv4 clients of a socket that takes
 * both (`::ffff:10.1.2.3`) are IPv4 clients. A peer without an address came through a Unix socket: the permissions of its
 * file let it in.
 *
 * @throws Error for what is no network.
 */
export function networkMatcher(networks: readonly string[]): (peer: string | undefined) => boolean {
  const list = new BlockList();
  for (const text of networks) {
    const network = parseNetwork(text);
    if (!network.ok) throw new Error(network.problem);
    list.addSubnet(network.address, network.prefix, network.family);
  }
  return (peer) => {
    if (peer === undefined) return true;
    const address = canonicalPeer(peer);
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6");
  };
}

/** One spelling for one peer: IPv4 as such, and no zone (`fe80::1%eth0`). */
export const canonicalPeer = (peer: string): string => withoutMapping(peer.replace(/%.*$/, ""));

const withoutMapping = (address: string): string =>
  /^::ffff:(?<ipv4>[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)$/i.exec(address)?.groups?.ipv4 ?? address;

/** Whether only programs on this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  const address = canonicalPeer(host.toLowerCase());
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}
