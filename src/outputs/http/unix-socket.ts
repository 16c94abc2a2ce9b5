import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";

/** What `sockaddr_un` holds beside the final zero. */
export const maxSocketPathBytes = 107;

/**
 * Makes way for listening on `path`: removes the socket file that a process left behind when it was killed. One that
 * somebody still serves stays, and listening then fails with EADDRINUSE. Errors: EEXIST for a file that is no socket,
 * ENAMETOOLONG for a path that Node would cut short without a word.
 */
export async function prepareSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    throw Object.assign(new Error(`${path} is too long`), { code: "ENAMETOOLONG" });
  }
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return;
  if (!stat.isSocket()) throw Object.assign(new Error(`${path} is no socket`), { code: "EEXIST" });
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
