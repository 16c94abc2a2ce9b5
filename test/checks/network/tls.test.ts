import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../../e2e/support/tools.js";
import { type Certificate, Certificates } from "../../support/certificates.js";
import { createCheck, runOnce } from "../../support/run-check.js";

describeWith(["openssl"], "tls check", () => {
  const servers: Server[] = [];
  let certificates: Certificates;
  let root: Certificate;
  let server: Certificate;

  beforeAll(() => {
    certificates = new Certificates();
    root = certificates.authority("root");
    server = certificates.issue({ name: "server", issuer: root, days: 90 });
  });
  afterAll(() => {
    for (const each of servers) each.close();
    certificates.remove();
  });

  const files = ({ cert, key }: Certificate) => ({ cert: readFileSync(cert), key: readFileSync(key) });

  async function listen(made: Server): Promise<string> {
    servers.push(made);
    made.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
    await once(made, "listening");
    return `127.0.0.1:${(made.address() as AddressInfo).port}`;
  }
  const serve = (certificate: Certificate, options: TlsOptions = {}) =>
    listen(createServer({ ...files(certificate), ...options }, (socket) => socket.on("error", () => {})));
  const check = (address: string, options: Record<string, unknown> = {}) =>
    runOnce(createCheck("tls", { address, tls: { ca: root.cert }, ...options }));

  it.each(["TLSv1.2", "TLSv1.3"] as const)("is healthy over %s", async (version) => {
    const address = await serve(server, { maxVersion: version });
    const result = await check(address, { minVersion: version });
    expect(result).toMatchObject({
      status: "healthy",
      metadata: { protocol: version, subject: "CN=server", issuer: "CN=root" },
    });
    expect(result.message).toMatch(
      new RegExp(`^the certificate of ${address} ends in (90|89(\\.9)?) days; ${version}$`),
    );
  });

  it("sees the end of an authority between", async () => {
    const middle = certificates.issue({ name: "middle", issuer: root, days: 5, isAuthority: true });
    const leaf = certificates.issue({ name: "leaf", issuer: middle });
    const address = await serve(leaf);
    const result = await check(address);
    expect(result).toMatchObject({ status: "degraded", reason: "certificate_expires_soon" });
    expect(result.message).toContain("the authority CN=middle above the certificate");
    expect(await check(address, { warnBefore: "3d" })).toMatchObject({ status: "healthy" });
  });

  it("is unhealthy over a certificate that has ended, is for another host or not trusted", async () => {
    const ended = certificates.issue({ name: "ended", issuer: root, days: -1 });
    expect(await check(await serve(ended))).toMatchObject({ status: "unhealthy", reason: "certificate_expired" });
    const other = certificates.issue({ name: "other", issuer: root, subjectAltName: "DNS:other.example" });
    const address = await serve(other);
    expect(await check(address)).toMatchObject({ status: "unhealthy", reason: "certificate_invalid" });
    const named = { ca: root.cert, serverName: "other.example" };
    expect(await check(address, { tls: named })).toMatchObject({ status: "healthy" });
    expect(await check(address, { tls: {} })).toMatchObject({ status: "unhealthy", reason: "certificate_untrusted" });
    expect(await check(address, { tls: { verify: false } })).toMatchObject({ status: "healthy" });
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("proves that its own certificate is taken, over %s", async (version) => {
    const client = certificates.issue({ name: `client-${version}`, issuer: root });
    const stranger = certificates.issue({ name: `stranger-${version}`, issuer: certificates.authority("elsewhere") });
    const address = await serve(server, { ca: readFileSync(root.cert), requestCert: true, maxVersion: version });
    expect(await check(address, { tls: { ca: root.cert, ...client } })).toMatchObject({ status: "healthy" });
    const without = await check(address);
    expect(without.status).toBe("unhealthy");
    // TLS 1.2 has no word of its own for «you have to show one».
    expect(without.reason).toBe(version === "TLSv1.3" ? "client_certificate_refused" : "tls_failed");
    expect(await check(address, { tls: { ca: root.cert, ...stranger } })).toMatchObject({
      status: "unhealthy",
      // Servers of OpenSSL say why; Node's breaks off without a word.
      reason: "connection_reset",
    });
  });

  it("names files that do not fit", async () => {
    const path = certificates.path("text.pem");
    writeFileSync(path, "no certificate");
    const address = await serve(server);
    const garbage = await check(address, { tls: { ca: path } });
    expect(garbage).toMatchObject({ reason: "certificate_unreadable" });
    expect(garbage.message).toContain(`the PEM file ${path} does not hold what it should`);
    const mixed = await check(address, { tls: { cert: server.cert, key: root.key } });
    expect(mixed.message).toBe(`the key in ${root.key} is not that of the certificate in ${server.cert}`);
  });

  it("names a server that speaks no TLS, and one that says nothing", async () => {
    const plain = await listen(createTcpServer((socket) => socket.on("error", () => {}).end("SSH-2.0\r\n")));
    expect(await check(plain)).toMatchObject({ status: "unhealthy", reason: "tls_failed" });
    const deadline = new AbortController();
    const silent = await listen(
      createTcpServer((socket) => socket.on("error", () => {}).once("data", () => deadline.abort())),
    );
    const result = await runOnce(createCheck("tls", { address: silent }), deadline.signal);
    expect(result).toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(result.message).toContain(`${silent}: connected, but no TLS handshake after`);
  });
});
