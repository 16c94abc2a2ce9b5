import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createCheck, runOnce } from "../../support/run-check.js";
import { eventually } from "../support/eventually.js";
import { get } from "../support/http.js";
import { makeCertificates, Nginx } from "../support/nginx.js";
import { startServingServer } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { describeWith } from "../support/tools.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;

describeWith(["nginx", "openssl"], "http and tls checks of nginx", () => {
  let made: ReturnType<typeof makeCertificates>;
  let nginx: Nginx;

  beforeAll(async () => {
    made = makeCertificates();
    nginx = await Nginx.start(made.server, made.root);
  });
  afterAll(() => made.certificates.remove());

  const http = (url: string, options: object = {}, signal?: AbortSignal) =>
    runOnce(createCheck("http", { url, ...options }), signal);
  const tls = (address: string, options: object = {}, signal?: AbortSignal) =>
    runOnce(createCheck("tls", { address, tls: { ca: made.root.cert }, ...options }), signal);

  it("judges status, body and JSON", async () => {
    const origin = `http://${nginx.sites.plain}`;
    const expected = {
      bodyContains: "ready",
      json: [
        { path: "$.state", equals: "ready" },
        { path: "$.queue", atMost: 5 },
      ],
    };
    expect(await http(`${origin}/old`, { expect: expected })).toMatchObject({ status: "healthy" });
    expect(await http(`${origin}/ready`, { expect: { json: [{ path: "$.queue", atMost: 2 }] } })).toMatchObject({
      status: "unhealthy",
      message: `${origin}/ready answered $.queue: 3, expected at most 2`,
    });
    expect(await http(`${origin}/loading`)).toMatchObject({
      status: "unhealthy",
      reason: "unexpected_status",
      message: `${origin}/loading answered 503, expected 200-299: {"state":"loading"}`,
    });
    const socket = { unixSocket: join(nginx.folder, "http.sock") };
    expect(await http("http://any/ready", socket)).toMatchObject({ status: "healthy" });
  });

  it("is let in with its password, and with no other", async () => {
    const url = `http://${nginx.sites.plain}/private`;
    const auth = { username: "alice", password: "hunter2" };
    expect(await http(url, { auth, expect: { bodyContains: "hello alice" } })).toMatchObject({ status: "healthy" });
    const refused = await http(url, { auth: { ...auth, password: "hunter3" } });
    expect(refused).toMatchObject({ status: "unhealthy", reason: "unexpected_status" });
    expect(JSON.stringify(refused)).not.toContain("hunter3");
  });

  it("speaks HTTP/2, with and without TLS", async () => {
    const { http2, tls, plain } = nginx.sites;
    const spoken = (protocol: string) => ({ expect: { json: [{ path: "$.protocol", equals: protocol }] } });
    const trusting = { tls: { ca: made.root.cert } };
    expect(await http(`http://${http2}/ready`, { http2: true, ...spoken("HTTP/2.0") })).toMatchObject({
      status: "healthy",
    });
    expect(await http(`https://${tls}/old`, { http2: true, ...trusting, ...spoken("HTTP/2.0") })).toMatchObject({
      status: "healthy",
    });
    expect(await http(`https://${tls}/ready`, { ...trusting, ...spoken("HTTP/1.1") })).toMatchObject({
      status: "healthy",
    });
    expect(await http(`https://${nginx.sites.tls12}/ready`, { http2: true, ...trusting })).toMatchObject({
      status: "unhealthy",
      reason: "http2_not_offered",
    });
    expect((await http(`http://${plain}/ready`, { http2: true })).status).toBe("unhealthy");
    expect(await http(`https://${plain}/ready`)).toMatchObject({ reason: "tls_failed" });
  });

  it.each([false, true])("shows its certificate, HTTP/2: %s", async (http2) => {
    const url = `https://${nginx.sites.mutual}/ready`;
    const { root, client } = made;
    expect(await http(url, { http2, tls: { ca: root.cert, ...client } })).toMatchObject({ status: "healthy" });
    const without = await http(url, { http2, tls: { ca: root.cert } });
    expect(without).toMatchObject({ status: "unhealthy", reason: "unexpected_status" });
    expect(without.message).toContain("No required SSL certificate was sent");
  });

  it("looks at the certificate", async () => {
    const result = await tls(nginx.sites.tls);
    expect(result).toMatchObject({
      status: "healthy",
      metadata: { protocol: "TLSv1.3", subject: "CN=server", issuer: "CN=root" },
    });
    const expiry = result.readings?.certificateExpirySeconds;
    expect(expiry?.ok && expiry.value / 86_400).toBeCloseTo(90, 0);
    expect(await tls(nginx.sites.tls, { warnBefore: "91d" })).toMatchObject({
      status: "degraded",
      reason: "certificate_expires_soon",
    });
    expect(await tls(nginx.sites.tls12, { minVersion: "TLSv1.3" })).toMatchObject({
      status: "unhealthy",
      reason: "protocol_too_old",
    });
    expect(await tls(nginx.sites.tls, { tls: {} })).toMatchObject({ reason: "certificate_untrusted" });
    expect(await tls(nginx.sites.plain)).toMatchObject({ status: "unhealthy", reason: "tls_failed" });
    const { root, client } = made;
    expect(await tls(nginx.sites.mutual, { tls: { ca: root.cert, ...client } })).toMatchObject({ status: "healthy" });
  });

  it("ends at its deadline where the body does not end, and where nothing is said", async () => {
    const within = () => AbortSignal.timeout(300);
    const slow = await http(`http://${nginx.sites.plain}/slow`, {}, within());
    expect(slow).toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(slow.message).toContain("status 200, but the body did not end after");
    nginx.freeze();
    try {
      const answers = await Promise.all([
        http(`http://${nginx.sites.plain}/ready`, {}, within()),
        http(`http://${nginx.sites.http2}/ready`, { http2: true }, within()),
        http(`https://${nginx.sites.tls}/ready`, {}, within()),
        tls(nginx.sites.tls, {}, within()),
      ]);
      for (const answer of answers) expect(answer).toMatchObject({ status: "unhealthy", reason: "timeout" });
      expect(answers[0].message).toContain("connected, but no answer after");
      expect(answers[3].message).toContain("connected, but no TLS handshake after");
    } finally {
      nginx.thaw();
    }
    await nginx.serving();
    expect(await http(`http://${nginx.sites.plain}/ready`)).toMatchObject({ status: "healthy" });
  });

  it("takes its component along when it goes down, and back", async () => {
    const schedule = "interval: 200ms, timeout: 200ms, failureThreshold: 1";
    const server = await startServingServer({
      config: `
gpu: { mode: off }
checks:
  page: { type: http, url: "http://${nginx.sites.plain}/ready", ${schedule} }
  certificate: { type: tls, address: "${nginx.sites.tls}", tls: { ca: ${made.root.cert} }, ${schedule} }
components: { web: { critical: [page, certificate] } }
`,
    });
    const watcher = new Watcher(server.grpc, "web");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await nginx.kill();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
    await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain("connection_refused"));
    await nginx.restart();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
  });
});
