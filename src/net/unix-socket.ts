import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";

/**
 * Makes way for listening on `path`: removes the socket file that a process left behind when it was killed. One that
 * somebody still serves stays, and listening then fails with EADDRINUSE. Throws EEXIST for what is no socket.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (file === undefined) return;
  if (!file.isSocket()) throw Object.assign(new Error(`${path} is no socket`), { code: "EEXIST" });
  if (!(await isServed(path))) await unlink(path);
}

/** Whether somebody accepts connections there. Only a refusal proves that nobody does. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}
