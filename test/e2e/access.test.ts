import { connect as connectTcp } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { Bystander } from "./support/bystander.js";
import { eventually } from "./support/eventually.js";
import { get, request } from "./support/http.js";
import { gpuHealth, type Server, serveArguments, startServingServer, temporaryFile } from "./support/program.js";
import { connectRaw, frame, healthCheckRequest } from "./support/raw-grpc.js";

const token = "correct-horse-battery-staple";

/** Opens a connection, writes, and gives what came back once the server has closed it. */
function exchange(address: string, bytes: string | Buffer): Promise<string> {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    let received = "";
    const socket = connectTcp(Number(port), host, () => socket.write(bytes));
    socket.setEncoding("latin1").on("data", (text: string) => {
      received += text;
    });
    socket.on("error", () => {}).on("close", () => resolve(received));
  });
}

describe("the admin listener", () => {
  it("does not start on an address that others can reach without a token", async () => {
    const config = temporaryFile("gpu-health.yaml", 'admin: { listen: "0.0.0.0:0" }\n');
    const validated = await gpuHealth(["validate", config]);
    expect([validated.code, validated.stderr]).toEqual([1, expect.stringContaining("there is no admin.token")]);
    const args = serveArguments({ configFile: config, configuredListeners: ["admin"] });
    const served = await gpuHealth(args);
    expect([served.code, served.stderr]).toEqual([1, expect.stringContaining(":1:18: admin.listen: others can reach")]);
    const flagged = await gpuHealth([...serveArguments({ configuredListeners: ["admin"] }), "--admin", "[::]:0"]);
    expect([flagged.code, flagged.stderr]).toEqual([1, expect.stringContaining("others can reach [::]:0")]);
  });

  it("does not start with a token that cannot be read", async () => {
    const outcome = await gpuHealth(serveArguments({ config: "admin: { token: file:/nonexistent/token }\n" }));
    expect([outcome.code, outcome.stderr]).toEqual([
      1,
      "gpu-health: admin.token: the secret in /nonexistent/token cannot be read (ENOENT)\n",
    ]);
  });

  it("takes the token from a file that changes, and drills with it", async () => {
    const file = temporaryFile("token", `${token}\n`);
    const server = await startServingServer({ config: `admin: { token: "file:${file}" }\n`, simulate: "h200x1" });
    const drill = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
      gpuHealth(["drill", "reset", "--admin", server.admin, ...args], { env });
    expect((await drill({})).code).toBe(3);
    expect((await drill({ GPU_HEALTH_ADMIN_TOKEN: token })).code).toBe(0);
    expect((await drill({}, "--token", `file:${file}`)).code).toBe(0);
    expect((await fetch(`http://${server.admin}/admin/drain`, { method: "POST" })).status).toBe(401);
    expect((await get(server.http, "/readyz")).status).toBe(200);
    await eventually(() =>
      expect(server.log()).toContainEqual(expect.objectContaining({ event: "request_unauthorized", level: "warn" })),
    );
    expect(server.process.stdout).not.toContain(token);
    await server.kill();
  });
});

describe("an allow list", () => {
  it("turns others away on that listener only", async () => {
    const config = `
gpu: { mode: "off" }
grpc: { listen: ["127.0.0.1:0", { address: "127.0.0.1:0", allow: [192.0.2.0/24] }] }
`;
    const server = await startServingServer({ config, configuredListeners: ["grpc"] });
    const closed = server.log().find(({ event }) => event === "ready")?.grpc as readonly string[];
    for (let attempt = 0; attempt < 50; attempt += 1) expect(await exchange(closed[1] ?? "", "PRI")).toBe("");
    expect((await gpuHealth(["check", server.grpc])).code).toBe(0);
    const { text } = await get(server.http, "/metrics");
    expect(text).toMatch(/refused_connections_total\{server="grpc",address="[^"]*",reason="not_allowed"\} 50$/m);
    await eventually(() => expect(server.log().filter(({ event }) => event === "connection_refused")).toHaveLength(1));
    await server.kill();
  });
});

describe("hostile clients", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServingServer({ config: 'gpu: { mode: "off" }\nlog: { level: debug }\n' });
  });

  it("that send slowly are ended, 408, while others are answered", async () => {
    const bystander = new Bystander(server.grpc, "readiness");
    const body =
      "POST /admin/drain HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{";
    const answers = await Promise.all([
      exchange(server.http, "GET /readyz HTTP/1.1\r\nhost:"),
      exchange(server.http, "GET /readyz HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nab"),
      exchange(server.admin, body),
      exchange(server.http, ""),
    ]);
    expect(await bystander.stop()).toEqual([]);
    expect(answers[0]).toMatch(/^HTTP\/1\.1 408 /);
    expect(answers[1]).toMatch(/^HTTP\/1\.1 200 /);
    expect(answers[2]).toMatch(/^HTTP\/1\.1 408 /);
    expect((await get(server.http, "/readyz")).status).toBe(200);
  });

  it("that send large headers are refused, 431", async () => {
    const large = `GET /readyz HTTP/1.1\r\nhost: x\r\na: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await exchange(server.http, large)).toMatch(/^HTTP\/1\.1 431 /);
    const client = connectRaw(server.grpc);
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x-${index}`, "y".repeat(2000)]));
    const answer = await client.call("Check", frame(healthCheckRequest("")), many);
    expect(answer.grpcStatus).not.toBe(0);
  });

  it("write nothing to the log that a terminal would act on, whatever carries it", async () => {
    const hostile = [
      "a\r\nlevel: error",
      "\u001b[2J\u001b]0;owned\u0007",
      "\u009b31m",
      "\u202egnp.exe\u2066",
      "\u2028{}",
      "$(touch /tmp/owned)`id`",
      "../../../../etc/passwd",
      "%s%n%x",
      "__proto__",
    ];
    const client = connectRaw(server.grpc);
    for (const text of hostile) {
      const path = encodeURIComponent(text);
      // Clients as this one, and Node's server, refuse control characters of ASCII; other bytes may stand in a header.
      const header = Buffer.from(text.replaceAll(/\p{Cc}/gu, "?")).toString("latin1");
      const headers = { traceparent: header, tracestate: header, "user-agent": header, "x-request-id": header };
      for (const method of ["Check", "Watch"]) {
        const stream = client.open(method, headers);
        stream.end(frame(healthCheckRequest(text)));
        await new Promise((resolve) => stream.once("response", resolve).once("close", resolve));
        stream.close();
      }
      await client.call(path.slice(0, 50), frame(healthCheckRequest(text)), headers);
      const send = (address: string, method: string, target: string, body?: unknown) =>
        fetch(`http://${address}${target}`, {
          method,
          ...(body === undefined ? {} : { headers: { "content-type": "application/json" } }),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }).then((response) => response.text());
      const answers = await Promise.all([
        send(server.http, "GET", `/${path}?${path}=${path}`),
        send(server.admin, "PUT", `/admin/components/${path}`, { status: "unhealthy", message: text }),
        send(server.admin, "PUT", "/admin/components/engine", { status: "unhealthy", message: text, reason: text }),
        send(server.admin, "PUT", `/admin/heartbeats/${path}`, { message: text, readings: { [text]: 1 } }),
        send(server.admin, "POST", "/admin/drain", { message: text }),
        send(server.admin, "POST", "/admin/undrain"),
        send(server.admin, "POST", `/admin/gpus/0/acknowledge`, { fault: text }),
        send(server.admin, "POST", "/admin/drill", { kind: text }),
        ...[header, Buffer.from(text).toString("latin1")].map((raw) =>
          exchange(
            server.admin,
            Buffer.from(
              `POST /admin/undrain?${raw} HTTP/1.1\r\ntraceparent: ${raw}\r\nconnection: close\r\n\r\n`,
              "latin1",
            ),
          ),
        ),
        exchange(
          server.http,
          Buffer.from(
            `GET /health HTTP/1.1\r\nhost: ${header}\r\ntraceparent: ${header}\r\nconnection: close\r\n\r\n`,
            "latin1",
          ),
        ),
      ]);
      expect(answers.join("")).not.toContain("\u001b");
    }
    await request(server.admin, "POST", "/admin/undrain");
    expect((await get(server.http, "/readyz")).status).toBe(200);
    const page = await get(server.http, "/");
    const status = await get(server.http, "/status");
    const metrics = await get(server.http, "/metrics");
    for (const said of [server.process.stdout, page.text, status.text, metrics.text]) {
      expect(said.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    }
    expect(server.log().every(({ event }) => typeof event === "string")).toBe(true);
    expect((await gpuHealth(["check", server.grpc])).code).toBe(0);
  });
});
