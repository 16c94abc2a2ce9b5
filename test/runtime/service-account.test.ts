import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.js";
import { apiServerUrl, serviceAccountTransport } from "../../src/runtime/service-account.js";
import { Certificates } from "../support/certificates.js";

describe("apiServerUrl", () => {
  it.each([
    [{ KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "6443" }, "https://10.96.0.1:6443/"],
    [{ KUBERNETES_SERVICE_HOST: "fd00:10:96::1", KUBERNETES_SERVICE_PORT: "443" }, "https://[fd00:10:96::1]/"],
    [{ KUBERNETES_SERVICE_HOST: "kubernetes.default.svc" }, "https://kubernetes.default.svc/"],
  ])("is %j", (environment, url) => {
    expect(apiServerUrl(environment).href).toBe(url);
  });

  it("says what is missing outside of Kubernetes", () => {
    expect(() => apiServerUrl({})).toThrow(/KUBERNETES_SERVICE_HOST is not set.*use serve/);
  });
});

describe.each(["127.0.0.1", "::1"])("the transport to %s", (host) => {
  const certificates = new Certificates();
  const folder = mkdtempSync(join(tmpdir(), "service-account-"));
  const seen: IncomingMessage[] = [];
  let server: Server;
  let url: URL;
  let text = "busy";
  beforeAll(async () => {
    const authority = certificates.authority("cluster");
    const { cert, key } = certificates.issue({ name: "api", issuer: authority, subjectAltName: `IP:${host}` });
    server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
      seen.push(request);
      response.writeHead(429, { "retry-after": "3" }).end(text);
    });
    server.listen(0, host);
    await once(server, "listening");
    url = apiServerUrl({
      KUBERNETES_SERVICE_HOST: host,
      KUBERNETES_SERVICE_PORT: String((server.address() as AddressInfo).port),
    });
    writeFileSync(join(folder, "ca.crt"), readFileSync(authority.cert));
  });
  afterAll(() => {
    server.close();
    certificates.remove();
    rmSync(folder, { recursive: true });
  });
  const send = () =>
    serviceAccountTransport(
      url,
      folder,
      systemClock,
    )(
      { method: "PATCH", path: "/api/v1/nodes/n", contentType: "application/json-patch+json", body: "[]" },
      new AbortController().signal,
    );

  it("says what to do where there is no token", async () => {
    await expect(send()).rejects.toThrow(/token cannot be read \(ENOENT\): .*automountServiceAccountToken/);
  });

  it("takes the token as it is now, and trusts the cluster's certificate", async () => {
    writeFileSync(join(folder, "token"), "first\n");
    expect(await send()).toEqual({ status: 429, retryAfter: "3", body: "busy" });
    writeFileSync(join(folder, "token"), "second\n");
    await send();
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer first", "Bearer second"]);
    expect(seen[0]?.headers).toMatchObject({
      "content-type": "application/json-patch+json",
      accept: "application/json",
      "user-agent": expect.stringMatching(/^gpu-health\/\S+ \(node-agent\)$/),
    });
  });

  it("reads the largest Node that etcd takes", async () => {
    text = "x".repeat(2 * 1024 * 1024);
    expect((await send()).body).toHaveLength(text.length);
  });

  it("trusts no other certificate, and shows no token", async () => {
    writeFileSync(join(folder, "ca.crt"), readFileSync(certificates.authority("other").cert));
    const error = await send().catch((caught: unknown) => caught);
    expect(String(error)).toMatch(/certificate/);
    expect(String(error)).not.toContain("second");
    expect(seen).toHaveLength(3);
  });
});
