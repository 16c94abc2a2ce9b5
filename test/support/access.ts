import type { AccessOptions } from "../../src/outputs/http/listener.js";
import { ManualClock } from "./manual-clock.js";

/** Listening at these addresses, for everybody. */
export const accessTo = (...addresses: readonly string[]): AccessOptions => ({
  listen: addresses.map((address) => ({ address })),
  maxConnections: 1000,
  maxConnectionsPerAddress: 1000,
  clock: new ManualClock(),
  onListenerEvent: () => {},
});
