import { createServer, type Server } from "node:net";
import type { ListenOptions } from "../../core/listen-options.js";
import type { ListenerState } from "../../core/listener-state.js";
import { Gate, type GateOptions } from "../../net/gate.js";
import { listen as listenOn } from "../../net/listen.js";

/** A socket that accepts connections. */
export interface Listener {
  /** Where it listens, with the port that the system chose where 0 was asked. */
  readonly boundAddress: string;
  readonly state: () => ListenerState;
  /** Accepts no more. Resolves when every connection that it accepted is closed. */
  close(): Promise<void>;
  /** Closes what is open at once, also where the other side does not close its half. */
  breakOff(): void;
}

/** What the operator changes to listen elsewhere. */
const option = "--grpc or grpc.listen";

/**
 * Listens on every address or on none: the first failure closes what was opened before it, and is thrown as a
 * ListenError or a TlsFilesError. grpc-js can bind by itself, but says why it failed in log lines only.
 */
export async function listenOnAll(
  listen: readonly ListenOptions[],
  gateOptions: Omit<GateOptions, "listen">,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const each of listen) listeners.push(await open({ ...gateOptions, listen: each }));
  } catch (error) {
    for (const listener of listeners) {
      void listener.close();
      listener.breakOff();
    }
    throw error;
  }
  return listeners;
}

async function open(gateOptions: GateOptions): Promise<Listener> {
  const gate = await Gate.open(gateOptions);
  const server = createServer((socket) => gate.admit(socket));
  try {
    const boundAddress = await listenOn(server, gateOptions.listen.address, option);
    gate.boundTo(boundAddress);
    return {
      boundAddress,
      state: () => gate.state,
      close: () => {
        gate.close();
        return close(server);
      },
      breakOff: () => gate.breakOff(),
    };
  } catch (error) {
    gate.close();
    throw error;
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
