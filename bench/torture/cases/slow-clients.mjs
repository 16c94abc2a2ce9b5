import { setTimeout as sleep } from "node:timers/promises";
import { checkHeaders, flags, frame, frameTypes, opening, preface } from "../harness/frames.mjs";
import { openSockets } from "../harness/sockets.mjs";

const pauseMs = 100;
const lastsMs = { full: 20_000, short: 2000 };
const long = Buffer.alloc(10_000, 0x61);

/** What each kind sends at once, and then byte by byte. */
const kinds = [
  { port: "http", atOnce: "", slowly: Buffer.from(`GET /readyz HTTP/1.1\r\nHost: a\r\nX: ${long}`) },
  { port: "http", atOnce: "POST /readyz HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n", slowly: long },
  { port: "admin", atOnce: "POST /admin/drain HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n", slowly: long },
  { port: "grpc", atOnce: "", slowly: Buffer.concat([preface, long]) },
  { port: "grpc", atOnce: opening, slowly: frame(frameTypes.headers, 0, 1, Buffer.concat([checkHeaders, long])) },
  {
    port: "grpc",
    atOnce: Buffer.concat([opening, frame(frameTypes.headers, flags.endHeaders, 1, checkHeaders)]),
    slowly: frame(frameTypes.data, flags.endStream, 1, Buffer.concat([Buffer.from([0, 0, 0, 0x27, 0x10]), long])),
  },
];

export const slowClients = {
  name: "slow-clients",
  title: "Slow headers and slow bodies, a byte at a time",
  sizes: { full: 600, short: 60 },

  async attack({ server, size, form }) {
    const clients = [];
    for (const { port, atOnce, slowly } of kinds) {
      for (const socket of await openSockets(server[port], size / kinds.length)) {
        socket.resume().write(atOnce);
        clients.push({ socket, slowly });
      }
    }
    const endsAtMs = performance.now() + lastsMs[form];
    for (let at = 0; performance.now() < endsAtMs; at++) {
      for (const { socket, slowly } of clients) if (!socket.destroyed) socket.write(slowly.subarray(at, at + 1));
      await sleep(pauseMs);
    }
    const closed = clients.filter(({ socket }) => socket.closed).length;
    for (const { socket } of clients) socket.destroy();
    return { attempts: size, did: `${size} for ${lastsMs[form] / 1000} s; the server closed ${closed}`, problems: [] };
  },
};
