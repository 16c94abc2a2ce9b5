import { once } from "node:events";
import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { Agent, get as httpGet, type RequestOptions } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ListenError } from "../../../src/net/listen-error.js";
import { createListener, type Listener } from "../../../src/outputs/http/listener.js";
import { accessTo } from "../../support/access.js";
import { ManualClock } from "../../support/manual-clock.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function listener(
  listen: readonly string[],
  answer = (): Response | Promise<Response> => new Response("here"),
  clock = new ManualClock(),
): Listener {
  const created = createListener({
    ...accessTo(...listen),
    clock,
    load: async () => answer,
    server: "http",
    onError: () => {},
  });
  cleanups.push(() => {
    const stopped = created.stop(0);
    clock.advance(0);
    return stopped;
  });
  return created;
}

/** A server that is not ours, on a port of the system's choice. */
async function foreignServer(path?: string): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen(path === undefined ? { host: "127.0.0.1", port: 0 } : { path });
  await once(server, "listening");
  cleanups.push(() => server.close());
  const address = server.address();
  return { server, port: address === null || typeof address === "string" ? 0 : address.port };
}

async function startError(starting: Promise<unknown>): Promise<ListenError> {
  const error = await starting.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ListenError)) throw new Error(`expected a ListenError, got ${String(error)}`);
  return error;
}

async function first<T>(items: Promise<readonly T[]>): Promise<T> {
  const [item] = await items;
  if (item === undefined) throw new Error("nothing is bound");
  return item;
}

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));

function request(options: RequestOptions): Promise<{ status: number | undefined; body: string; socket: Socket }> {
  return new Promise((resolve, reject) => {
    httpGet(options, (response) => {
      const { socket } = response;
      text(response).then((body) => resolve({ status: response.statusCode, body, socket }), reject);
    }).on("error", reject);
  });
}

it("answers 503 where what answers cannot be loaded, and loads it again for the next request", async () => {
  const errors: unknown[] = [];
  const scarce = new Error("EMFILE: too many open files");
  let loads = 0;
  const load = async () => {
    loads += 1;
    if (loads === 1) throw scarce;
    return () => new Response("here");
  };
  const onError = (error: unknown) => errors.push(error);
  const created = createListener({ ...accessTo("127.0.0.1:0"), load, server: "http", onError });
  const address = await first(created.start());
  cleanups.push(() => created.stop(0));
  expect((await fetch(`http://${address}/`)).status).toBe(503);
  expect(errors).toEqual([scarce]);
  expect(await (await fetch(`http://${address}/`)).text()).toBe("here");
});

it("loads what answers a moment after the start, while nothing is scarce", async () => {
  let loads = 0;
  const load = async () => {
    loads += 1;
    return () => new Response("here");
  };
  const clock = new ManualClock();
  const created = createListener({ ...accessTo("127.0.0.1:0"), clock, load, server: "http", onError: () => {} });
  await first(created.start());
  cleanups.push(() => created.stop(0));
  expect(loads).toBe(0);
  clock.advance(10_000);
  expect(loads).toBe(1);
});

it("loads what answers at the first request, once", async () => {
  let loads = 0;
  const load = async () => {
    loads += 1;
    return () => new Response("here");
  };
  const created = createListener({ ...accessTo("127.0.0.1:0"), load, server: "http", onError: () => {} });
  cleanups.push(() => created.stop(0));
  const address = await first(created.start());
  expect(loads).toBe(0);
  const answers = await Promise.all([fetch(`http://${address}/`), fetch(`http://${address}/`)]);
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(["here", "here"]);
  expect(loads).toBe(1);
});

describe("addresses", () => {
  it("binds every address and names each with its port", async () => {
    const bound = await listener(["127.0.0.1:0", "[::1]:0"]).start();
    expect(bound).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/),
      expect.stringMatching(/^\[::1\]:[1-9]\d*$/),
    ]);
    for (const address of bound) expect(await (await fetch(`http://${address}/`)).text()).toBe("here");
  });

  it("binds none when one cannot be had", async () => {
    const { port } = await foreignServer();
    const path = join(tmpdir(), `gpu-health-${process.pid}.sock`);
    const error = await startError(listener([`unix:${path}`, `127.0.0.1:${port}`]).start());
    expect(error).toMatchObject({ code: "EADDRINUSE", address: `127.0.0.1:${port}` });
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });

  it("says which port is taken, how to find by whom, and how to take another", async () => {
    const { port } = await foreignServer();
    const error = await startError(listener([`127.0.0.1:${port}`]).start());
    expect(error.message).toBe(
      `cannot listen on 127.0.0.1:${port}: the port is in use by another process. ` +
        `«ss -ltnp 'sport = :${port}'» names it; --http or http.listen takes another port`,
    );
  });

  it.each([
    ["203.0.113.7:0", "EADDRNOTAVAIL", "203.0.113.7 is no address of this machine"],
    ["localhost", "EINVAL", "is not an address: write a host and a port"],
    ["127.0.0.1:70000", "EINVAL", "has no valid port"],
    ["::1:80", "EINVAL", "is not an address"],
    ["unix:/nonexistent/directory/socket", "EACCES", "does not exist, or this process may not write to it"],
    [`unix:/tmp/${"x".repeat(103)}`, "EINVAL", "is too long"],
  ])("%s: %s", async (address, code, problem) => {
    const error = await startError(listener([address]).start());
    expect(error.message).toContain(problem);
    expect(error.code).toBe(code);
  });
});

describe("Unix sockets", () => {
  let directory = "";
  let path = "";

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "gpu-health-"));
    path = join(directory, "http.sock");
    cleanups.push(() => rm(directory, { recursive: true }));
  });

  it("serves on one and removes it at the end", async () => {
    const server = listener([`unix:${path}`]);
    expect(await server.start()).toEqual([`unix:${path}`]);
    expect((await request({ socketPath: path, path: "/" })).body).toBe("here");
    await server.stop(0);
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });

  it("takes the place of one that a killed process left behind", async () => {
    const { server } = await foreignServer(join(directory, "old.sock"));
    // Renamed, the file survives the end of its server, as it does after SIGKILL.
    await rename(join(directory, "old.sock"), path);
    server.close();
    await listener([`unix:${path}`]).start();
    expect((await request({ socketPath: path, path: "/" })).body).toBe("here");
  });

  it("leaves one that is served to its server", async () => {
    await foreignServer(path);
    const error = await startError(listener([`unix:${path}`]).start());
    expect(error.message).toContain("the socket is in use by another process");
    expect((await stat(path)).isSocket()).toBe(true);
  });

  it("does not touch a file that is no socket", async () => {
    await writeFile(path, "precious");
    const error = await startError(listener([`unix:${path}`]).start());
    expect(error.message).toContain("of this name that is no socket");
    expect((await stat(path)).size).toBe(8);
  });
});

describe("requests", () => {
  it.each(["outbound|9091||gpu.default.svc.cluster.local", "a b", "_", ""])(
    "are answered whatever the Host header says (%j)",
    async (host) => {
      const port = portOf(await first(listener(["127.0.0.1:0"]).start()));
      expect(await request({ port, path: "/", headers: { host } })).toMatchObject({ status: 200, body: "here" });
    },
  );

  it("are answered over HTTP/1.0 without a Host header, as old load balancers send them", async () => {
    const port = portOf(await first(listener(["127.0.0.1:0"]).start()));
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.0\r\n\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*here$/);
  });

  it.each([
    ["garbage", "\u0000\u0001\u0002\r\n\r\n"],
    ["the start of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a header of 100 kB", `GET / HTTP/1.1\r\nhost: x\r\na: ${"x".repeat(100_000)}\r\n\r\n`],
  ])("that are %s are refused, and the next client notices nothing", async (_, bytes) => {
    const address = await first(listener(["127.0.0.1:0"]).start());
    const socket = connect(portOf(address), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(bytes);
    expect(await text(socket).catch(() => "HTTP/1.1 400 reset")).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await (await fetch(`http://${address}/`)).text()).toBe("here");
  });
});

describe("pipelined requests", () => {
  const pipelined = (count: number): string => "GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(count);

  it("are answered in order, as many as clients send", async () => {
    let count = 0;
    const server = listener(["127.0.0.1:0"], () => {
      count += 1;
      return new Response(`answer ${count}.`);
    });
    const socket = connect(portOf(await first(server.start())), "127.0.0.1");
    socket.write(`${pipelined(7)}GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const numbers = [...(await text(socket)).matchAll(/answer ([0-9]+)\./g)].map(([, number]) => Number(number));
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("are cut off where there are far more: one packet holds work for minutes", async () => {
    let asked = 0;
    const server = listener(["127.0.0.1:0"], () => {
      asked += 1;
      return new Response("here");
    });
    const address = await first(server.start());
    const socket = connect(portOf(address), "127.0.0.1");
    socket.on("error", () => {});
    const closed = once(socket, "close");
    socket.write(pipelined(1500));
    socket.resume();
    await closed;
    expect(asked).toBeLessThan(20);
    expect(await (await fetch(`http://${address}/`)).text()).toBe("here");
  });
});

describe("stop", () => {
  it.each([
    ["nothing", ""],
    ["half a request", "GET / HTTP/1.1\r\nhost:"],
  ])("closes a connection that has sent %s at once", async (_, bytes) => {
    const server = listener(["127.0.0.1:0"]);
    const address = await first(server.start());
    const socket = connect(portOf(address), "127.0.0.1");
    cleanups.push(() => socket.destroy());
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(bytes);
    // An answer on another connection shows that the server has seen this one.
    await (await fetch(`http://${address}/`)).text();
    const closed = once(socket, "close");
    await server.stop(600_000);
    socket.resume();
    await closed;
  });

  it("closes idle keep-alive connections at once", async () => {
    const server = listener(["127.0.0.1:0"]);
    const port = portOf(await first(server.start()));
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    const { socket } = await request({ port, path: "/", agent });
    expect(socket.destroyed).toBe(false);
    const closed = once(socket, "close");
    await server.stop(600_000);
    await closed;
  });

  it("lets a request in flight end, and closes its connection after it", async () => {
    let release = (): void => {};
    let arrived = (): void => {};
    const inFlight = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = listener(["127.0.0.1:0"], async () => {
      arrived();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return new Response("late");
    });
    const port = portOf(await first(server.start()));
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    const answer = request({ port, path: "/", agent });
    await inFlight;
    const stopped = server.stop(600_000);
    await expect(request({ port, path: "/" })).rejects.toThrow("ECONNREFUSED");
    release();
    expect((await answer).body).toBe("late");
    await stopped;
  });

  it("cuts off what has not ended at the deadline", async () => {
    let arrived = (): void => {};
    const inFlight = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const clock = new ManualClock();
    const answer = (): Promise<Response> => {
      arrived();
      return new Promise(() => {});
    };
    const server = listener(["127.0.0.1:0"], answer, clock);
    const port = portOf(await first(server.start()));
    const outcome = expect(request({ port, path: "/" })).rejects.toThrow("socket hang up");
    await inFlight;
    let isStopped = false;
    const stopped = server.stop(30_000).then(() => {
      isStopped = true;
    });
    clock.advance(29_999);
    // An answer, or none, from a port that is closed: time enough for what would have been cut off too early.
    await expect(request({ port, path: "/" })).rejects.toThrow("ECONNREFUSED");
    expect(isStopped).toBe(false);
    clock.advance(1);
    await Promise.all([stopped, outcome]);
  });

  it("may be called twice, and before a start", async () => {
    const server = listener(["127.0.0.1:0"]);
    await server.stop(0);
    await server.start();
    await server.stop(0);
    await server.stop(0);
  });
});
