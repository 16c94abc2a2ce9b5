import { malformedGrpc, malformedHttp } from "../harness/malformed.mjs";
import { forEach, sendAlone } from "../harness/sockets.mjs";

const width = 50;
/** The server may rightly wait for the rest of a request that was cut short. */
const patienceMs = 100;

const malformedCase = (port, title, kinds) => ({
  name: `malformed-${port}`,
  title,
  sizes: { full: 1000, short: 25 },

  async attack({ server, size, random }) {
    const outcomes = {};
    let attempts = 0;
    for (const make of Object.values(kinds)) {
      await forEach(size, width, async () => {
        attempts += 1;
        const outcome = await sendAlone(server[port], make(random), patienceMs);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      });
    }
    const problems = outcomes.refused === undefined ? [] : [`${outcomes.refused} connections were refused`];
    return { attempts, did: `${Object.keys(kinds).length} kinds of ${size} requests`, problems };
  },
});

export const malformedGrpcRequests = malformedCase(
  "grpc",
  "Malformed gRPC: frames, HPACK, framing, protobuf",
  malformedGrpc,
);
export const malformedHttpRequests = malformedCase(
  "http",
  "Malformed HTTP: lines, headers, lengths, chunks",
  malformedHttp,
);
