import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { get } from "../harness/http.mjs";
import { baseConfiguration } from "../harness/server.mjs";

const schedule = { interval: "500ms", timeout: "400ms", failureThreshold: 1 };
const lastsMs = { full: 20_000, short: 2000 };
const perKind = 10;

/** A dependency that accepts and never answers. */
async function listenSilently() {
  const sockets = new Set();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.resume().on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${server.address().port}`,
    accepted: () => accepted,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function configurationFor(address) {
  const kinds = {
    http: { type: "http", url: `http://${address}/` },
    tls: { type: "tls", address },
    grpc: { type: "grpc", address },
    redis: { type: "redis", url: `redis://${address}` },
    postgres: { type: "postgres", url: `postgres://u:p@${address}/d` },
    mysql: { type: "mysql", url: `mysql://u:p@${address}/d` },
  };
  const silent = Object.entries(kinds).flatMap(([kind, check]) =>
    Array.from({ length: perKind }, (_, index) => [`${kind}-${index}`, { ...check, ...schedule }]),
  );
  const { checks, components } = baseConfiguration;
  return {
    ...baseConfiguration,
    checks: { ...checks, ...Object.fromEntries(silent) },
    components: { ...components, dependent: { optional: silent.map(([name]) => name) } },
  };
}

async function reloadWith(server, configuration) {
  writeFileSync(server.configurationFile, JSON.stringify(configuration));
  const { status, text } = await server.reload();
  if (status !== 200) throw new Error(`a reload was answered with ${status}: ${text}`);
}

export const silentDependency = {
  name: "silent-dependency",
  title: "A dependency that accepts and never answers",
  sizes: { full: 1, short: 1 },

  async setUp() {
    const dependency = await listenSilently();
    const configuration = configurationFor(dependency.address);
    return {
      dependency,
      server: { configuration },
      /** Without the checks that ask it, nothing of them may be left. */
      rest: (server, isResting) => reloadWith(server, isResting ? baseConfiguration : configuration),
      tearDown: () => dependency.close(),
    };
  },

  async attack({ server, dependency, form }) {
    const acceptedBefore = dependency.accepted();
    await sleep(lastsMs[form]);
    const attempts = dependency.accepted() - acceptedBefore;
    const { text } = await get(server.http, "/health");
    const { components } = JSON.parse(text);
    const status = components.dependent?.status;
    const problems = status === "degraded" ? [] : [`the component that depends on it is ${status}, not degraded`];
    return { attempts, did: `${6 * perKind} checks of 6 types, every 500 ms`, problems };
  },
};
