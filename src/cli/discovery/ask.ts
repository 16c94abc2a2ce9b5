import { connect, type Socket } from "node:net";

/** Short questions to this machine alone. Whatever goes wrong is no answer. */

const host = "127.0.0.1";
const deadlineMs = 1000;
const maxBytes = 64 * 1024;

/** The URL of a server on this machine. */
export const localUrl = (port: number): string => `http://${host}:${port}`;

/** The JSON that a GET or POST gives; undefined for none, and for any status but 2xx. */
export async function askJson(url: string, method: "GET" | "POST" = "GET"): Promise<unknown> {
  const text = await askText(url, method);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** The beginning of the body that a 2xx comes with. */
export async function askText(url: string, method: "GET" | "POST" = "GET"): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method,
      redirect: "error",
      headers: { connection: "close" },
      signal: AbortSignal.timeout(deadlineMs),
    });
    const body = await readStart(response);
    return response.ok ? body : undefined;
  } catch {
    return undefined;
  }
}

async function readStart({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= maxBytes) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether connections are taken. */
export const accepts = (port: number): Promise<boolean> =>
  converse(port, (socket, end) => socket.on("connect", () => end(true))).then(Boolean);

/** The first bytes that a server answers to `greeting`; undefined where it does not. */
export const askBytes = (port: number, greeting: Buffer): Promise<Buffer | undefined> =>
  converse(port, (socket, end) => socket.on("connect", () => socket.write(greeting)).on("data", end));

function converse<T>(port: number, speak: (socket: Socket, end: (answer: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal: AbortSignal.timeout(deadlineMs) });
    const end = (answer?: T) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("error", () => end()).on("close", () => end());
    speak(socket, end);
  });
}
