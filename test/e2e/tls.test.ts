import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Certificate, Certificates } from "../support/certificates.js";
import { MountedCertificate } from "../support/mounted-certificate.js";
import { Bystander } from "./support/bystander.js";
import { eventually } from "./support/eventually.js";
import { get } from "./support/http.js";
import { grpcHealthProbe, ourCheck, patience } from "./support/probes.js";
import { type Outcome, run } from "./support/processes.js";
import { gpuHealth, type Server, startGpuHealth, startServingServer } from "./support/program.js";
import {
  connectSecurely,
  frame,
  healthCheckRequest,
  type RawGrpcClient,
  reply,
  servingStatus,
  statusesIn,
} from "./support/raw-grpc.js";
import { describeWith, toolPath } from "./support/tools.js";

let certificates: Certificates;
let root: Certificate;
let first: Certificate;
let prober: Certificate;
let stranger: Certificate;
let mounted: MountedCertificate;
let server: Server;
/** Of the listeners with TLS; `server` has those without. */
let grpc: string;
let http: string;

const secured = ["openssl"] as const;

const addresses = (of: Server, name: "grpc" | "http" | "admin"): readonly string[] =>
  of.log().find(({ event }) => event === "ready")?.[name] as readonly string[];

beforeAll(async () => {
  certificates = new Certificates();
  root = certificates.authority("root");
  first = certificates.issue({ name: "first", issuer: root });
  prober = certificates.issue({ name: "prober", issuer: root, subjectAltName: "URI:spiffe://cluster/prober" });
  stranger = certificates.issue({ name: "stranger", issuer: root, subjectAltName: "DNS:stranger" });
  mounted = new MountedCertificate(certificates.path("mounted"), first);
  const tls = `cert: ${mounted.cert}, key: ${mounted.key}`;
  const config = `
gpu: { mode: "off" }
drain: { delay: 100ms }
grpc:
  listen:
    - 127.0.0.1:0
    - address: 127.0.0.1:0
      tls: { ${tls}, clientCa: ${root.cert}, clientNames: ["spiffe://cluster/prober"] }
http: { listen: ["127.0.0.1:0", { address: "127.0.0.1:0", tls: { ${tls}, minVersion: 1.3 } }] }
`;
  server = await startServingServer({ config, configuredListeners: ["grpc", "http"] });
  grpc = addresses(server, "grpc")[1] ?? "";
  http = addresses(server, "http")[1] ?? "";
});

afterAll(() => certificates.remove());

const clientTls = (certificate: Certificate | undefined) => ({
  ca: readFileSync(root.cert),
  ...(certificate && { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) }),
});

async function metric(name: string): Promise<readonly number[]> {
  const { text } = await get(server.http, "/metrics");
  return [...text.matchAll(new RegExp(`^${name}\\{[^}]*\\} ([-0-9.e+]+)$`, "gm"))].map(([, value]) => Number(value));
}

describeWith([...secured, "grpc_health_probe"], "mutual TLS, asked with the flags of grpc_health_probe", () => {
  const flags = (certificate?: Certificate): readonly string[] => [
    ...["-addr", grpc, "-tls", "-tls-ca-cert", root.cert, "-tls-server-name", "localhost", ...patience],
    ...(certificate === undefined ? [] : ["-tls-client-cert", certificate.cert, "-tls-client-key", certificate.key]),
  ];

  it.each([
    ["grpc_health_probe", grpcHealthProbe],
    ["gpu-health check", ourCheck],
  ])("%s is answered with a certificate of the right name only", async (_, probe) => {
    expect((await probe(flags(prober))).code).toBe(0);
    expect((await probe(["-addr", server.grpc, ...patience])).code).toBe(0);
  });

  it.each([
    ["grpc_health_probe", grpcHealthProbe],
    ["gpu-health check", ourCheck],
  ])("%s has no connection otherwise", async (_, probe) => {
    const impatience = ["-connect-timeout", "2s"];
    const outcomes = await Promise.all([
      probe([...flags(), ...impatience]),
      probe([...flags(stranger), ...impatience]),
      probe(["-addr", grpc, ...impatience]),
    ]);
    for (const { code } of outcomes) expect([2, 3]).toContain(code);
  });
});

describeWith(secured, "our commands over mutual TLS", () => {
  const flags = (): readonly string[] => [
    ...["--tls", "--tls-ca-cert", root.cert, "--tls-server-name", "localhost"],
    ...["--tls-client-cert", prober.cert, "--tls-client-key", prober.key],
  ];

  it("check an IP address, without a word on standard error", async () => {
    const withoutName = flags().filter((flag) => flag !== "--tls-server-name" && flag !== "localhost");
    const { code, stderr } = await gpuHealth(["check", grpc, ...withoutName, ...patience]);
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("list", async () => {
    const { code, stdout } = await gpuHealth(["list", grpc, "--output", "json", ...flags()]);
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ readiness: "SERVING" })]);
  });

  it("top", async () => {
    const { code, stdout, stderr } = await gpuHealth(["top", http, ...flags()]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/COMPONENTS.*readiness/s);
  });

  it("watch", async () => {
    const watching = startGpuHealth(["watch", grpc, "--output", "json", ...flags()]);
    expect(await watching.until(() => watching.lines()[0])).toContain('"status":"SERVING"');
    await watching.kill();
  });
});

describeWith([...secured, "grpcurl"], "grpcurl over mutual TLS", () => {
  it("finds the service by reflection and checks", async () => {
    const tls = ["-cacert", root.cert, "-cert", prober.cert, "-key", prober.key, "-authority", "localhost"];
    const outcome = await run(toolPath("grpcurl"), [...tls, grpc, "grpc.health.v1.Health/Check"]);
    expect(JSON.parse(outcome.stdout), outcome.stderr).toEqual({ status: "SERVING" });
  });
});

describeWith([...secured, "python"], "Python's grpcio over mutual TLS", () => {
  it("checks", async () => {
    const script = `
import sys, grpc
address, ca, cert, key = sys.argv[1:]
read = lambda path: open(path, "rb").read()
credentials = grpc.ssl_channel_credentials(read(ca), read(key), read(cert))
with grpc.secure_channel(address, credentials) as channel:
    check = channel.unary_unary("/grpc.health.v1.Health/Check")
    print(check(b"", timeout=20).hex())
`;
    const outcome = await run(toolPath("python"), ["-c", script, grpc, root.cert, prober.cert, prober.key]);
    expect(outcome.stdout.trim(), outcome.stderr).toBe("0801");
  });
});

describeWith([...secured, "curl"], "curl", () => {
  const curl = (...args: readonly string[]): Promise<Outcome> =>
    run(toolPath("curl"), ["-sS", "--max-time", "20", "--cacert", root.cert, ...args]);

  it("reads a probe over TLS 1.3, and is refused with 1.2", async () => {
    expect(JSON.parse((await curl(`https://${http}/readyz`)).stdout)).toEqual({ status: "ready" });
    expect((await curl("--tls-max", "1.2", `https://${http}/readyz`)).code).toBe(35);
  });

  it("speaks plaintext to a TLS port in vain, and the other way round", async () => {
    expect((await curl(`http://${http}/readyz`)).code).toBeGreaterThan(0);
    expect((await curl(`https://${server.http}/readyz`)).code).toBe(35);
  });
});

describeWith(secured, "a new certificate", () => {
  const watchers = 100;
  let clients: readonly RawGrpcClient[] = [];
  const told: Buffer[][] = [];
  const ended: unknown[] = [];

  /** The common name of the certificate that a new connection is shown. */
  const shown = async (): Promise<string> => {
    const { session } = connectSecurely(grpc, clientTls(prober));
    await new Promise((resolve, reject) => session.once("connect", resolve).once("error", reject));
    const { subject } = (session.socket as unknown as import("node:tls").TLSSocket).getPeerCertificate();
    session.destroy();
    return String(subject.CN);
  };

  it("is shown to new connections, while 100 that watch go on", async () => {
    clients = Array.from({ length: watchers }, () => connectSecurely(grpc, clientTls(prober)));
    for (const client of clients) {
      const chunks: Buffer[] = [];
      told.push(chunks);
      const watch = client.open("Watch");
      watch.on("data", (bytes: Buffer) => chunks.push(bytes));
      watch.end(frame(healthCheckRequest("readiness")));
      void reply(watch).then((end) => ended.push(end));
    }
    const statuses = () => told.map((chunks) => statusesIn(Buffer.concat(chunks)));
    await eventually(() => expect(statuses()).toEqual(Array.from({ length: watchers }, () => [servingStatus.serving])));
    expect(await shown()).toBe("first");
    const [expiryBefore = 0] = await metric("gpu_health_listener_certificate_expiry_timestamp_seconds");

    mounted.replace(certificates.issue({ name: "second", issuer: root, days: 30 }));
    await eventually(async () => expect(await shown()).toBe("second"));
    const [expiry = 0] = await metric("gpu_health_listener_certificate_expiry_timestamp_seconds");
    expect(expiry).toBeLessThan(expiryBefore);
    expect(ended).toEqual([]);
  });

  it("that is broken changes nothing, and shows in metric and log", async () => {
    mounted.replace({ cert: prober.cert, key: first.key });
    await eventually(async () => expect(await metric("gpu_health_listener_certificate_current")).toEqual([0, 0]));
    expect(await shown()).toBe("second");
    const unusable = { event: "certificate_unusable", level: "error", problem: expect.stringContaining(mounted.key) };
    await eventually(() => expect(server.log()).toContainEqual(expect.objectContaining(unusable)));

    mounted.replace(first);
    await eventually(async () => expect(await shown()).toBe("first"));
    await eventually(async () => expect(await metric("gpu_health_listener_certificate_current")).toEqual([1, 1]));
    expect(ended).toEqual([]);
  });

  it("leaves every watcher to learn of the next change", async () => {
    server.terminate();
    await eventually(() => expect(ended).toHaveLength(watchers));
    for (const chunks of told) {
      expect(statusesIn(Buffer.concat(chunks))).toEqual([servingStatus.serving, servingStatus.notServing]);
    }
    expect((await server.end()).code).toBe(0);
  });
});

describeWith(secured, "clients that do TLS wrong", () => {
  it("cost nobody else an answer: bad bytes by the hundred, and handshakes that do not go on", async () => {
    const config = `
gpu: { mode: "off" }
grpc: { listen: ["127.0.0.1:0", { address: "127.0.0.1:0", tls: { cert: ${first.cert}, key: ${first.key} } }] }
`;
    const hostile = await startServingServer({ config, configuredListeners: ["grpc"] });
    const [, secure = ""] = addresses(hostile, "grpc");
    const [host = "", port = ""] = secure.split(":");
    const bystander = new Bystander(hostile.grpc, "readiness");
    const handshake = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]);
    const openings = [Buffer.alloc(4096, 0x5a), Buffer.from("GET / HTTP/1.1\r\n\r\n"), Buffer.alloc(0), handshake];
    const closed = Array.from({ length: 200 }, (_, index) => {
      const bytes = openings[index % openings.length] ?? Buffer.alloc(0);
      return new Promise<void>((resolve) => {
        const socket = connectTcp(Number(port), host, () => socket.write(bytes));
        socket.on("error", () => {}).on("close", () => resolve());
        socket.resume();
      });
    });
    const answered = bystander.answered;
    // The silent ones and those that stop half-way are ended by the deadline of the handshake, the others at once.
    await Promise.all(closed);
    await eventually(() => expect(bystander.answered).toBeGreaterThan(answered));
    expect(await bystander.stop()).toEqual([]);
    const { body } = await connectSecurely(secure, clientTls(undefined)).call("Check", frame(healthCheckRequest("")));
    expect(statusesIn(body)).toEqual([servingStatus.serving]);
    const lines = hostile.log().filter(({ event }) => event === "connection_refused");
    expect(lines.length).toBeLessThanOrEqual(2);
    await hostile.kill();
  });
});
