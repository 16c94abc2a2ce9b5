import { createServer, type Server, type Socket } from "node:net";
import { listen } from "../../net/listen.js";

/** A socket that accepts connections. */
export interface Listener {
  /** Where it listens, with the port that the system chose where 0 was asked. */
  readonly boundAddress: string;
  /** Accepts no more. Resolves when every connection that it accepted is closed. */
  close(): Promise<void>;
  /** Closes what is open at once, also where the other side does not close its half. */
  breakOff(): void;
}

/** What the operator changes to listen elsewhere. */
const option = "--grpc or grpc.listen";

/**
 * Listens on every address or on none: the first failure closes what was opened before it, and is thrown as a
 * ListenError. grpc-js can bind by itself, but says why it failed in log lines only.
 */
export async function listenOnAll(
  addresses: readonly string[],
  onConnection: (socket: Socket) => void,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const address of addresses) listeners.push(await listenOn(address, onConnection));
  } catch (error) {
    for (const listener of listeners) {
      void listener.close();
      listener.breakOff();
    }
    throw error;
  }
  return listeners;
}

async function listenOn(address: string, onConnection: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  const boundAddress = await listen(server, address, option);
  return {
    boundAddress,
    close: () => close(server),
    breakOff() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
