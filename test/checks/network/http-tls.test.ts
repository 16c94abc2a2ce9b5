import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { TlsOptions } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../../e2e/support/tools.js";
import { type Certificate, Certificates } from "../../support/certificates.js";
import { createCheck, runOnce } from "../../support/run-check.js";

describeWith(["openssl"], "http check: TLS", () => {
  const servers: { close(): unknown }[] = [];
  let certificates: Certificates;
  let authority: Certificate;
  let server: Certificate;

  beforeAll(() => {
    certificates = new Certificates();
    authority = certificates.authority("root");
    server = certificates.issue({ name: "server", issuer: authority });
  });
  afterAll(() => {
    for (const each of servers) each.close();
    certificates.remove();
  });

  const files = ({ cert, key }: Certificate) => ({ cert: readFileSync(cert), key: readFileSync(key) });

  async function serve(options: TlsOptions, protocol: "http/1.1" | "h2" = "http/1.1"): Promise<string> {
    const made: Server =
      protocol === "h2"
        ? createSecureServer({ ...files(server), ...options }, (_request, response) => response.end())
        : createServer({ ...files(server), ...options }, (_request, response) => response.end());
    servers.push(made);
    made.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
    await once(made, "listening");
    return `https://localhost:${(made.address() as AddressInfo).port}`;
  }
  const ask = (url: string, tls: unknown, http2 = false) => runOnce(createCheck("http", { url, tls, http2 }));

  it.each([
    [false, "http/1.1"],
    [true, "h2"],
  ] as const)("trusts the authority that it is given, HTTP/2: %s", async (http2, protocol) => {
    const origin = await serve({}, protocol);
    expect(await ask(origin, { ca: authority.cert }, http2)).toMatchObject({ status: "healthy" });
    const untrusted = await ask(origin, undefined, http2);
    expect(untrusted).toMatchObject({ status: "unhealthy", reason: "certificate_untrusted" });
    expect(untrusted.remedy).toContain("tls.ca");
    expect(await ask(origin, { verify: false }, http2)).toMatchObject({ status: "healthy" });
    expect(await ask(origin, { ca: authority.cert, serverName: "other" }, http2)).toMatchObject({
      reason: "certificate_invalid",
    });
  });

  it.each([
    [false, "http/1.1"],
    [true, "h2"],
  ] as const)("shows its certificate, HTTP/2: %s", async (http2, protocol) => {
    const client = certificates.issue({ name: `client-${http2}`, issuer: authority });
    const origin = await serve({ ca: readFileSync(authority.cert), requestCert: true }, protocol);
    expect(await ask(origin, { ca: authority.cert, ...client }, http2)).toMatchObject({ status: "healthy" });
    expect(await ask(origin, { ca: authority.cert }, http2)).toMatchObject({
      status: "unhealthy",
      reason: "client_certificate_refused",
    });
  });

  it.each([false, true])(
    "expects the certificate of the URL's host behind a Unix socket, HTTP/2: %s",
    async (http2) => {
      const named = certificates.issue({ name: `app-${http2}`, issuer: authority, subjectAltName: "DNS:app.example" });
      const made: Server = http2
        ? createSecureServer(files(named), (_request, response) => response.end())
        : createServer(files(named), (_request, response) => response.end());
      servers.push(made);
      const unixSocket = certificates.path(`app-${http2}.sock`);
      made.on("tlsClientError", () => {}).listen(unixSocket);
      await once(made, "listening");
      const options = { unixSocket, http2, tls: { ca: authority.cert } };
      const askFor = (url: string) => runOnce(createCheck("http", { url, ...options }));
      expect(await askFor("https://app.example/")).toMatchObject({ status: "healthy" });
      expect(await askFor("https://other.example/")).toMatchObject({ reason: "certificate_invalid" });
    },
  );

  it("proves HTTP/2 where it is asked for", async () => {
    const old = await serve({});
    expect(await ask(old, { ca: authority.cert }, true)).toMatchObject({
      status: "unhealthy",
      reason: "http2_not_offered",
    });
  });

  it("keeps its certificate from other origins, and trusts them alike", async () => {
    const client = certificates.issue({ name: "redirected", issuer: authority });
    const other = await serve({ ca: readFileSync(authority.cert), requestCert: true });
    const first = createServer(files(server), (_request, response) =>
      response.writeHead(302, { location: other }).end(),
    );
    servers.push(first);
    first.listen(0, "127.0.0.1");
    await once(first, "listening");
    const origin = `https://localhost:${(first.address() as AddressInfo).port}`;
    const result = await ask(origin, { ca: authority.cert, ...client });
    expect(result).toMatchObject({ status: "unhealthy", reason: "client_certificate_refused" });
    expect(result.message).toContain(other);
  });

  it("names a file that cannot be read, and takes TLS options for https only", async () => {
    expect(await ask("https://localhost:1", { ca: "/nonexistent.pem" })).toMatchObject({
      reason: "certificate_unreadable",
    });
    expect(() => createCheck("http", { url: "http://a", tls: {} })).toThrow("https:// only");
  });
});
