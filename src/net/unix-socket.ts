import { lstat, readFile, readlink, unlink } from "node:fs/promises";
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

/**
 * The path that an open Unix socket is bound to, as proc(5) has it; `/dev/fd/N` where that tells none.
 */
export async function unixSocketPath(fileDescriptor: number): Promise<string> {
  const unknown = `/dev/fd/${fileDescriptor}`;
  try {
    const inode = /^socket:\[([0-9]+)\]$/.exec(await readlink(`/proc/self/fd/${fileDescriptor}`))?.[1];
    const lines = (await readFile("/proc/net/unix", "utf8")).split("\n");
    // Num, RefCount, Protocol, Flags, Type, State, inode, path.
    const own = lines.map((line) => line.trim().split(/ +/)).find((fields) => fields[6] === inode);
    return own?.slice(7).join(" ") || unknown;
  } catch {
    return unknown;
  }
}
