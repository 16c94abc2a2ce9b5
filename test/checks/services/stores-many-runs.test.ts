import { createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCheck, runOnce } from "../../support/run-check.js";

/** Sockets and timers, by kind; those of Vitest itself come and go, so a few more are no leak. */
const held = (): number => process.getActiveResourcesInfo().length;
const runnersOwn = 10;

describe("hundreds of runs against a server that accepts and never answers leave nothing behind", () => {
  const sockets: Socket[] = [];
  let connections = 0;
  let silent: Server;
  let address = "";

  beforeAll(async () => {
    silent = createServer((socket) => {
      connections += 1;
      sockets.push(socket.on("error", () => {}));
      socket.on("data", () => {});
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const bound = silent.address();
    if (bound === null || typeof bound === "string") throw new Error("no address");
    address = `127.0.0.1:${bound.port}`;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  const keys = { accessKeyId: "key", secretAccessKey: "secret" };
  it.each([
    ["etcd", () => ({ endpoints: [`http://${address}`] })],
    ["s3", () => ({ endpoint: `http://${address}`, bucket: "models", ...keys })],
    ["milvus", () => ({ address })],
    ["pulsar", () => ({ url: `http://${address}` })],
  ])("%s", async (type, options) => {
    const check = createCheck(type, options());
    const before = held();
    for (let run = 0; run < 200; run += 1) {
      const seen = connections;
      const deadline = new AbortController();
      const running = runOnce(check, deadline.signal);
      while (connections === seen) await new Promise(setImmediate);
      deadline.abort();
      expect(await running).toMatchObject({ status: "unhealthy", reason: "timeout" });
    }
    await check.stop?.();
    await expect.poll(held).toBeLessThanOrEqual(before + runnersOwn);
  });
});
