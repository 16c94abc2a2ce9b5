import { createServer, type Server, type Socket } from "node:net";
import { type Address, formatAddress, parseAddress } from "../../core/address.js";
import { explainListenFailure, GrpcListenError } from "./listen-error.js";
import { removeStaleSocket } from "./unix-socket.js";

/** A socket that accepts connections. */
export interface Listener {
  /** Where it listens, with the port that the system picked where the configured one was 0. */
  readonly boundAddress: string;
  /** Accepts no more (a Unix socket's file is removed at once). Resolves when every accepted connection is closed. */
  close(): Promise<void>;
}

/**
 * Listens on every address or on none: the first failure closes what was opened before it and is thrown as a
 * {@link GrpcListenError}. grpc-js binds by itself too, but reports why a bind failed in log lines only.
 */
export async function listenOnAll(
  addresses: readonly string[],
  onConnection: (socket: Socket) => void,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const address of addresses) listeners.push(await listen(address, onConnection));
  } catch (error) {
    for (const listener of listeners) void listener.close();
    throw error;
  }
  return listeners;
}

async function listen(text: string, onConnection: (socket: Socket) => void): Promise<Listener> {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new GrpcListenError(text, parsed.problem);
  const { address } = parsed;
  const server = createServer(onConnection);
  try {
    if (address.kind === "unix") await removeStaleSocket(text, address.path);
    await bind(server, address);
  } catch (error) {
    if (error instanceof GrpcListenError) throw error;
    const cause = error as NodeJS.ErrnoException;
    throw new GrpcListenError(text, explainListenFailure(cause), cause);
  }
  // Without a listener an error in accept (out of file descriptors, say) would end the process. That connection is
  // lost; libuv goes on accepting.
  server.on("error", () => {});
  return { boundAddress: boundAddress(server, address), close: () => close(server) };
}

function bind(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const target = address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port };
    server.listen(target, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function boundAddress(server: Server, configured: Address): string {
  const bound = server.address();
  if (bound === null || typeof bound === "string") return formatAddress(configured);
  return formatAddress({ kind: "tcp", host: bound.address, port: bound.port });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
