import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { ListenOptions } from "../../src/core/listen-options.js";
import type { ListenerEvent } from "../../src/core/listener-state.js";
import { ConnectionCount } from "../../src/net/connection-count.js";
import { Gate } from "../../src/net/gate.js";
import { listen } from "../../src/net/listen.js";
import { type Certificate, Certificates } from "../support/certificates.js";
import { ManualClock } from "../support/manual-clock.js";
import { MountedCertificate } from "../support/mounted-certificate.js";

let certificates: Certificates;
let root: Certificate;
let server: Certificate;
let prober: Certificate;
let stranger: Certificate;

beforeAll(() => {
  certificates = new Certificates();
  root = certificates.authority("root");
  const otherRoot = certificates.authority("other-root");
  server = certificates.issue({ name: "server", issuer: root });
  prober = certificates.issue({ name: "prober", issuer: root, subjectAltName: "URI:spiffe://cluster/prober" });
  stranger = certificates.issue({ name: "stranger", issuer: otherRoot });
}, 60_000);
afterAll(() => certificates.remove());

/** A gate in front of a service that says `hello` to each connection. */
async function open(
  options: Omit<ListenOptions, "address">,
  { maxConnections = 100, maxConnectionsPerAddress = 100 } = {},
) {
  const clock = new ManualClock();
  const events: ListenerEvent[] = [];
  const gate = await Gate.open({
    server: "grpc",
    listen: { address: "127.0.0.1:0", ...options },
    count: new ConnectionCount({ maxConnections, maxConnectionsPerAddress }),
    protocol: "h2",
    clock,
    onEvent: (_server, _address, event) => events.push(event),
    serve: (socket) => socket.end("hello"),
  });
  const listening = createServer((socket) => gate.admit(socket));
  onTestFinished(() => {
    gate.close();
    gate.breakOff();
    listening.close();
  });
  const address = await listen(listening, "127.0.0.1:0", "--grpc or grpc.listen");
  const port = Number(address.split(":")[1]);
  return { gate, clock, events, port };
}

/** All that comes until the end, or the error's code. */
function received(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("close", () => resolve(text));
  });
}

const over = (port: number, certificate?: Certificate, options: ConnectionOptions = {}): TLSSocket =>
  tlsConnect({
    host: "127.0.0.1",
    port,
    ca: readFileSync(root.cert),
    ALPNProtocols: ["h2"],
    ...(certificate && { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) }),
    ...options,
  });

const files = ({ cert, key }: Certificate) => ({ cert, key, minVersion: "1.2" }) as const;

describe("an allow list", () => {
  it("closes others at once, and counts them", async () => {
    const { gate, port, events } = await open({ allow: ["10.0.0.0/8"] });
    expect(await received(connect(port, "127.0.0.1"))).not.toContain("hello");
    expect(gate.state).toMatchObject({ openConnections: 0, refused: { not_allowed: 1 } });
    expect(events).toEqual([expect.objectContaining({ kind: "refused", reason: "not_allowed", peer: "127.0.0.1" })]);
  });

  it("lets in those that it has", async () => {
    const { gate, port } = await open({ allow: ["10.0.0.0/8", "127.0.0.0/8"] });
    expect(await received(connect(port, "127.0.0.1"))).toBe("hello");
    expect(gate.state.refused.not_allowed).toBe(0);
  });
});

it("closes connections over the limits, and takes one again when another has gone", async () => {
  const { gate, port } = await open({ tls: files(server) }, { maxConnectionsPerAddress: 1 });
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  await expect.poll(() => gate.state.openConnections).toBe(1);
  expect(await received(over(port))).not.toBe("hello");
  expect(gate.state.refused.too_many_of_address).toBe(1);
  silent.destroy();
  await expect.poll(() => gate.state.openConnections).toBe(0);
  expect(await received(over(port))).toBe("hello");
});

describe("TLS", () => {
  it("is spoken from 1.2 on, or from 1.3", async () => {
    const { port } = await open({ tls: files(server) });
    expect(await received(over(port, undefined, { maxVersion: "TLSv1.2" }))).toBe("hello");
    expect(await received(over(port, undefined, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" }))).not.toBe("hello");
    const newer = await open({ tls: { ...files(server), minVersion: "1.3" } });
    expect(await received(over(newer.port))).toBe("hello");
    expect(await received(over(newer.port, undefined, { maxVersion: "TLSv1.2" }))).not.toBe("hello");
    expect(newer.gate.state.refused.tls_failed).toBe(1);
  });

  it.each([
    ["plaintext", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["garbage", "\u0000\u0001\u0002 and so on"],
    ["the start of a handshake, cut short", "\u0016\u0003\u0001\u0002\u0000\u0001"],
  ])("refuses %s, and the next client notices nothing", async (_, bytes) => {
    const { gate, port } = await open({ tls: files(server) });
    const socket = connect(port, "127.0.0.1");
    socket.end(bytes);
    expect(await received(socket)).not.toContain("hello");
    await expect.poll(() => gate.state).toMatchObject({ openConnections: 0, refused: { tls_failed: 1 } });
    expect(await received(over(port))).toBe("hello");
  });

  it("ends a handshake that has not come to an end with the gate", async () => {
    const { gate, port } = await open({ tls: files(server) });
    const silent = connect(port, "127.0.0.1");
    await once(silent, "connect");
    await expect.poll(() => gate.state.openConnections).toBe(1);
    gate.breakOff();
    expect(await received(silent)).not.toContain("hello");
  });
});

describe("client certificates", () => {
  const mutual = (clientNames?: readonly string[]) => ({
    tls: { ...files(server), clientCa: root.cert, ...(clientNames && { clientNames }) },
  });

  it("must be of the authority", async () => {
    const { gate, port, events } = await open(mutual());
    expect(await received(over(port, prober))).toBe("hello");
    expect(await received(over(port))).not.toBe("hello");
    expect(await received(over(port, stranger))).not.toBe("hello");
    await expect.poll(() => gate.state.refused.tls_failed).toBe(2);
    expect(events.map((event) => (event.kind === "refused" ? event.detail : ""))).toEqual([
      expect.stringContaining("peer did not return a certificate"),
      expect.stringMatching(/UNABLE_TO_/),
    ]);
  });

  it("must carry one of the names where there are some", async () => {
    const { gate, port } = await open(mutual(["other", "spiffe://cluster/prober"]));
    expect(await received(over(port, prober))).toBe("hello");
    expect(await received(over(port, server))).not.toBe("hello");
    expect(gate.state.refused.client_name_not_allowed).toBe(1);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("cannot be got round by resuming a session (%s)", async (version) => {
    const { gate, port } = await open(mutual(["spiffe://cluster/prober"]));
    const only: ConnectionOptions = { minVersion: version, maxVersion: version };
    let session: Buffer | undefined;
    for (const certificate of [undefined, stranger, server]) {
      const socket = over(port, certificate, only);
      socket.on("session", (given: Buffer) => {
        session = given;
      });
      expect(await received(socket)).not.toBe("hello");
      if (session !== undefined) expect(await received(over(port, undefined, { ...only, session }))).not.toBe("hello");
    }
    expect(await received(over(port, prober, only))).toBe("hello");
    expect(gate.state.refused.tls_failed).toBeGreaterThan(1);
  });
});

describe("new files", () => {
  const changed = ["certificate_loaded", "certificate_unusable"];

  function mount(name: string, first: Certificate) {
    const mounted = new MountedCertificate(certificates.path(name), first);
    return { put: (next: Certificate) => mounted.replace(next), files: files(mounted) };
  }

  const subjectOf = async (port: number): Promise<string | string[] | undefined> => {
    const socket = over(port, undefined, { rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return CN;
  };

  it("are taken for new connections", async () => {
    const mounted = mount("swapped", server);
    const { gate, clock, events, port } = await open({ tls: mounted.files });
    expect(await subjectOf(port)).toBe("server");
    const next = certificates.issue({ name: "next", issuer: root, days: 30 });
    mounted.put(next);
    clock.advance(5000);
    await expect.poll(() => events.filter(({ kind }) => changed.includes(kind))).toHaveLength(1);
    expect(await subjectOf(port)).toBe("next");
    expect(gate.state.certificate?.isCurrent).toBe(true);
    expect((gate.state.certificate?.expiresAtWallMs ?? 0) / 86_400_000).toBeCloseTo(Date.now() / 86_400_000 + 30, 0);
  });

  it("that cannot be used change nothing, are told of once, and are forgotten with the next that can", async () => {
    const mounted = mount("broken", server);
    const { gate, clock, events, port } = await open({ tls: mounted.files });
    const problems = (): readonly string[] =>
      events.flatMap((event) => (event.kind === "certificate_unusable" ? [event.problem] : []));
    mounted.put({ cert: prober.cert, key: server.key });
    for (let looks = 0; looks < 3; looks += 1) {
      clock.advance(5000);
      await expect.poll(() => problems()).toEqual([expect.stringContaining("is not that of the certificate in")]);
      await expect.poll(() => clock.pending).toBe(1);
    }
    expect(gate.state.certificate?.isCurrent).toBe(false);
    expect(await subjectOf(port)).toBe("server");

    const text = certificates.path("text.pem");
    writeFileSync(text, "this is no certificate");
    mounted.put({ cert: text, key: server.key });
    clock.advance(5000);
    await expect.poll(() => problems().at(-1)).toContain("holds no certificate in PEM");
    await expect.poll(() => clock.pending).toBe(1);

    mounted.put(server);
    clock.advance(5000);
    await expect.poll(() => gate.state.certificate?.isCurrent).toBe(true);
    expect(await subjectOf(port)).toBe("server");
  });
});

describe("at the start", () => {
  it.each([
    [
      "a file that is not there",
      () => files({ cert: "/nonexistent/tls.crt", key: server.key }),
      "cert, /nonexistent/tls.crt, cannot be read (ENOENT)",
    ],
    ["a key for a certificate", () => files({ cert: server.key, key: server.key }), "holds no certificate in PEM"],
    ["a certificate for a key", () => files({ cert: server.cert, key: server.cert }), "holds no private key"],
    ["a pair that is none", () => files({ cert: server.cert, key: prober.key }), "is not that of the certificate"],
    ["an authority that is none", () => ({ ...files(server), clientCa: server.key }), "the file of clientCa"],
  ])("%s is an error that names listener and file", async (_, tls, problem) => {
    const opening = open({ tls: tls() });
    await expect(opening).rejects.toThrow("cannot serve TLS on 127.0.0.1:0 (grpc.listen): ");
    await expect(opening).rejects.toThrow(problem);
  });
});
