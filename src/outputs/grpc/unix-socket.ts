import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { GrpcListenError } from "./listen-error.js";

/**
 * Removes the socket file that a process left behind when it was killed. Nobody accepts connections there, which is how
 * it is told from a socket in use; anything but a socket is left alone, and so is a socket in use: both are errors.
 */
export async function removeStaleSocket(address: string, path: string): Promise<void> {
  const file = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (file === undefined) return;
  if (!file.isSocket()) {
    throw new GrpcListenError(
      address,
      "the path is taken by something that is no socket; remove it or choose another path",
    );
  }
  if (await isListening(path)) {
    throw new GrpcListenError(address, "another process listens there; stop that process or choose another path");
  }
  await unlink(path);
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      // A full backlog: somebody listens who does not get round to accepting.
      else if (error.code === "EAGAIN") resolve(true);
      else reject(error);
    });
  });
}
