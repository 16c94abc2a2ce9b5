import type { Server } from "node:net";
import { type Address, formatAddress, parseAddress } from "../core/address.js";
import { explainListenError, ListenError } from "./listen-error.js";
import { removeStaleSocket } from "./unix-socket.js";

/**
 * Lets `server` listen on `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. Gives the bound address, with the port that the
 * system chose where 0 was asked. A Unix socket's file goes when the server is closed, and one that a killed process
 * left is replaced. Throws a {@link ListenError}; `option` in it is what the operator changes: `--grpc or grpc.listen`.
 */
export async function listen(server: Server, text: string, option: string): Promise<string> {
  const parsed = parseAddress(text);
  if (!parsed.ok) {
    const problem = `${parsed.problem}. Change it with ${option}`;
    throw new ListenError({ address: JSON.stringify(text), code: "EINVAL", problem });
  }
  const { address } = parsed;
  try {
    if (address.kind === "unix") await removeStaleSocket(address.path);
    await bind(server, address);
  } catch (error) {
    throw explainListenError(error, address, option);
  }
  // Without a listener an error in accept (no file descriptor left, say) would end the process. That one connection is
  // lost; libuv goes on accepting.
  server.on("error", () => {});
  const bound = server.address();
  if (bound === null || typeof bound === "string") return formatAddress(address);
  return formatAddress({ kind: "tcp", host: bound.address, port: bound.port });
}

function bind(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const target = address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port };
    server.listen(target, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}
