import type { ListenOptions, Server } from "node:net";
import { formatAddress, parseAddress } from "../core/address.js";
import { explainInheritedError, explainListenError, ListenError } from "./listen-error.js";
import { removeStaleSocket, unixSocketPath } from "./unix-socket.js";

/**
 * Lets `server` listen on `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`, or on a socket that was open when the process began,
 * `/dev/fd/N`. Gives the bound address, with the port that the system chose where 0 was asked. A Unix socket's file goes
 * when the server is closed (unless the socket was open before), and one that a killed process left is replaced. Throws a
 * {@link ListenError}; `option` in it is what the operator changes: `--grpc or grpc.listen`.
 */
export async function listen(server: Server, text: string, option: string): Promise<string> {
  const fd = inheritedDescriptor(text);
  if (fd !== undefined) return listenOnInherited(server, text, fd);
  const parsed = parseAddress(text);
  if (!parsed.ok) {
    const problem = `${parsed.problem}. Change it with ${option}`;
    throw new ListenError({ address: JSON.stringify(text), code: "EINVAL", problem });
  }
  const { address } = parsed;
  try {
    if (address.kind === "unix") await removeStaleSocket(address.path);
    await bind(server, address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port });
  } catch (error) {
    throw explainListenError(error, address, option);
  }
  return boundAddress(server, formatAddress(address));
}

async function listenOnInherited(server: Server, text: string, fd: number): Promise<string> {
  // Looked up before, since connections may be waiting, and whoever takes them has to know what they come from.
  const path = await unixSocketPath(fd);
  try {
    await bind(server, { fd });
  } catch (error) {
    throw explainInheritedError(error, text);
  }
  // Only TCP has an address that Node tells.
  return boundAddress(server, `unix:${path}`);
}

/** Where it listens now; `given` where Node tells no host and port. */
function boundAddress(server: Server, given: string): string {
  // Without a listener an error in accept (no file descriptor left, say) would end the process. That one connection is
  // lost; libuv goes on accepting.
  server.on("error", () => {});
  const bound = server.address();
  if (bound === null || typeof bound === "string") return given;
  return formatAddress({ kind: "tcp", host: bound.address, port: bound.port });
}

function inheritedDescriptor(text: string): number | undefined {
  const digits = /^\/dev\/fd\/([0-9]{1,6})$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Connections that may wait to be accepted; the kernel takes its `net.core.somaxconn` (4096) where that is less. With
 * Node's 511 a burst of clients overflows it, and a probe that then knocks is only heard when it tries again, after 1 s.
 */
const maxPendingConnections = 4096;

function bind(server: Server, target: ListenOptions | { readonly fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...target, backlog: maxPendingConnections }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}
