import { writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { get, request } from "./support/http.js";
import { gpuHealth, type Server, startServer, temporaryFile } from "./support/program.js";

/** Written so that linters do not take it for a forgotten template string. */
const variable = (name: string) => `$\{${name}}`;

const environment = {
  BEARER: "bearer-8c1f40",
  HEADER: "header-33d0aa",
  BODY: "body 91b7/e6",
  EXEC: "exec-5a2277",
};
const inFile = "file-d0c4be";
const inUrl = "url-77f1c9";
const secrets = [...Object.values(environment), inFile, inUrl];

describe("secrets", () => {
  let talkative: HttpServer;
  let server: Server;
  let received = "";
  let configFile: string;
  const secretFile = temporaryFile("token", `${inFile}\n`);

  const config = (port: number): string => `
gpu: { mode: "off" }
checks:
  bearer:
    type: http
    url: http://127.0.0.1:${port}/bearer
    method: POST
    auth: { bearer: "${variable("BEARER")}" }
    headers: { x-key: "key ${variable("HEADER")}" }
    body: '{ "password": "${variable("BODY")}" }'
  file:
    type: http
    url: http://127.0.0.1:${port}/file
    auth: { username: app, password: "file:${secretFile}" }
  url: { type: http, url: "http://app:${inUrl}@127.0.0.1:${port}/url" }
  exec:
    type: exec
    command: ["/bin/sh", "-c", "echo \\"$PASSWORD\\" ${variable("EXEC")}; exit 1"]
    env: { PASSWORD: "${variable("EXEC")}" }
`;

  beforeAll(async () => {
    // It repeats everything that it was told, decoded and as it came.
    talkative = createServer(async (message, response) => {
      const body = (await message.setEncoding("utf8").toArray()).join("");
      const { authorization = "", "x-key": key = "" } = message.headers;
      const decoded = Buffer.from(authorization.replace("Basic ", ""), "base64").toString("utf8");
      const said = `${authorization} ${decoded} ${String(key)} ${body} ${encodeURIComponent(body)}`;
      received += `${said}\n`;
      response.writeHead(401, { "www-authenticate": authorization }).end(said);
    });
    await new Promise<void>((resolve) => talkative.listen(0, "127.0.0.1", resolve));
    const { port } = talkative.address() as AddressInfo;
    configFile = temporaryFile("gpu-health.yaml", config(port));
    server = await startServer({ configFile, env: environment });
  });
  afterAll(async () => {
    await server.kill();
    talkative.close();
  });

  it("are sent to those that they are for, and shown to nobody else", async () => {
    const report = await eventually(async () => {
      const { text } = await get(server.http, "/health");
      const { checks } = JSON.parse(text) as { checks: { check: string; reason: string }[] };
      const failing = checks.filter(({ reason }) => reason !== "ok").map(({ check }) => check);
      expect(failing.toSorted()).toEqual(["bearer", "exec", "file", "url"]);
      return text;
    });
    for (const secret of [environment.BEARER, environment.HEADER, environment.BODY, inFile, inUrl]) {
      expect(received).toContain(secret);
    }
    const told = [
      report,
      ...(
        await Promise.all(["/", "/status", "/readyz", "/metrics", "/health"].map((path) => get(server.http, path)))
      ).map(({ text }) => text),
      server.process.lines().join("\n"),
    ].join("\n");
    // What is there could have held them.
    expect(told).toMatch(/answered 401/);
    expect(told).toMatch(/found a problem \(exit status 1\): …/);
    for (const secret of secrets) expect(told).not.toContain(secret);
  });

  it("are not in what validate and a reload say is wrong", async () => {
    const broken = `
checks:
  a: { type: http, url: "http://app:${inUrl}@127.0.0.1:99999/", auth: { bearer: ["${variable("BEARER")}"] } }
  b: { type: http, url: "ftp://app:${inUrl}@host/", timeout: "${variable("EXEC")}" }
  c: { type: exec, command: "${variable("EXEC")}" }
`;
    writeFileSync(configFile, broken);
    const validated = await gpuHealth(["validate", configFile], { env: environment });
    expect(validated.code).toBe(1);
    const reloaded = await request(server.admin, "POST", "/admin/reload");
    expect(reloaded.status).not.toBe(200);
    await eventually(() => expect(server.log()).toContainEqual(expect.objectContaining({ event: "reload_failed" })));
    const told = `${validated.stdout}${validated.stderr}${reloaded.text}${server.process.lines().join("\n")}`;
    expect(told).toContain("checks.a.auth.bearer");
    for (const secret of secrets) expect(told).not.toContain(secret);
  });
});
