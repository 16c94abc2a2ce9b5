// Connections that are opened in great numbers and treated badly.

import { connect } from "node:net";

/** Resolves with the socket, or with undefined where the server refuses it. Errors afterwards are the torturer's own. */
export function openSocket(address) {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    socket.on("error", () => resolve(undefined));
    socket.once("connect", () => resolve(socket));
  });
}

/** Runs `task` for 0 … count - 1, `width` of them at a time. */
export async function forEach(count, width, task) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}

export async function openSockets(address, count) {
  const sockets = [];
  await forEach(count, 50, async () => {
    const socket = await openSocket(address);
    if (socket !== undefined) sockets.push(socket);
  });
  return sockets;
}

/**
 * Sends `bytes` on a connection of its own and waits until the server has closed it, `patienceMs` at most, since it may
 * rightly wait for more. Says what became of it.
 */
export async function sendAlone(address, bytes, patienceMs) {
  const socket = await openSocket(address);
  if (socket === undefined) return "refused";
  return new Promise((resolve) => {
    const timer = setTimeout(() => end("left open"), patienceMs);
    const end = (outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    socket.once("close", () => end("closed"));
    socket.resume().write(bytes);
  });
}
