import type { ConnectionLimits } from "../core/listen-options.js";
import { canonicalPeer } from "../core/networks.js";

/** The open connections of one server, over all of its listeners. */
export class ConnectionCount {
  private total = 0;
  private readonly byPeer = new Map<string, number>();

  constructor(private readonly limits: ConnectionLimits) {}

  /** Counts a connection in, or says why not. `peer` is undefined for Unix sockets, which count in the total only. */
  add(peer: string | undefined): "too_many_connections" | "too_many_of_address" | undefined {
    if (this.total >= this.limits.maxConnections) return "too_many_connections";
    if (peer !== undefined) {
      const key = canonicalPeer(peer);
      const ofPeer = this.byPeer.get(key) ?? 0;
      if (ofPeer >= this.limits.maxConnectionsPerAddress) return "too_many_of_address";
      this.byPeer.set(key, ofPeer + 1);
    }
    this.total += 1;
    return undefined;
  }

  /** To be called once for each connection that was counted in. */
  remove(peer: string | undefined): void {
    this.total -= 1;
    if (peer === undefined) return;
    const key = canonicalPeer(peer);
    const ofPeer = (this.byPeer.get(key) ?? 1) - 1;
    if (ofPeer === 0) this.byPeer.delete(key);
    else this.byPeer.set(key, ofPeer);
  }
}
