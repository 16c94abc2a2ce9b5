import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { get, request } from "../support/http.js";
import { inRepository } from "../support/paths.js";
import { run, start } from "../support/processes.js";
import { type Server, startServer, temporaryFile } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { describeWith, toolPath } from "../support/tools.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing, unknown } = servingStatus;
/** Checked when there is news only, so that nothing but the news can be what a test sees. */
const config = (ttl: string, initialDelay = "1h") => `gpu: { mode: off }
checks: { model: { type: heartbeat, ttl: ${ttl}, initialDelay: ${initialDelay}, interval: 1h } }
components: { inference: { critical: [model] } }
`;
const script = inRepository("examples/heartbeat.py");

/** The commands of the first shell block of a page, with empty lines between them. */
const commandsOf = (page: string): readonly string[] => (/```sh\n(.*?)```/s.exec(page)?.[1] ?? "").split("\n\n");

/** What `/health` says of the check. */
async function latest(server: Server): Promise<Record<string, unknown> | undefined> {
  const report = JSON.parse((await get(server.http, "/health")).text) as {
    checks: { check: string; latest: Record<string, unknown> }[];
  };
  return report.checks.find(({ check }) => check === "model")?.latest;
}

describeWith(["curl"], "a heartbeat with curl", () => {
  it("decides its component from the first one on, and expires when the next one does not come", async () => {
    const server = await startServer({ config: config("2s") });
    const watcher = new Watcher(server.grpc, "inference");
    const beat = (...more: string[]) =>
      run("curl", ["-sS", "-X", "PUT", ...more, `http://${server.admin}/admin/heartbeats/model`]);
    await eventually(() => expect(watcher.statuses).toEqual([unknown]));

    expect(JSON.parse((await beat()).stdout)).toMatchObject({ check: "model", status: "healthy", reason: "ok" });
    await eventually(() => expect(watcher.statuses).toEqual([unknown, serving]));
    await eventually(() => expect(watcher.statuses).toEqual([unknown, serving, notServing]));
    expect(await latest(server)).toMatchObject({
      reason: "heartbeat_expired",
      message: expect.stringMatching(/^the last heartbeat came [0-9.]+ s ago, one is due every 2 s/),
    });

    const body = '{"status": "degraded", "reason": "queue_long", "readings": {"queue_wait_seconds": 1.5}}';
    await eventually(async () => {
      await beat("-H", "content-type: application/json", "-d", body);
      const { text } = await get(server.http, "/metrics");
      expect(text).toContain('gpu_health_heartbeat_reported_seconds{check="model",reading="queue_wait_seconds"} 1.5');
    });
    await eventually(() => expect(watcher.statuses.slice(0, 4)).toEqual([unknown, serving, notServing, serving]));
  });

  it("is missing once the time for the first one is over", async () => {
    const server = await startServer({ config: config("1s", "0s") });
    await eventually(async () => expect(await latest(server)).toMatchObject({ reason: "heartbeat_missing" }));
  });

  it("goes over TCP and a Unix socket, as docs/push.md has it", async () => {
    const socket = temporaryFile("admin.sock");
    const server = await startServer({
      config: `admin: { listen: ["127.0.0.1:0", "unix:${socket}"] }\n${config("1h")}`,
      configuredListeners: ["admin"],
    });
    const [tcp, unix] = commandsOf(readFileSync(inRepository("docs/push.md"), "utf8"));
    const answered = async (command = "") => {
      const here = command.replace("127.0.0.1:9092", server.admin).replace("/run/gpu-health/admin.sock", socket);
      const { stdout, stderr } = await run("bash", ["-c", here]);
      expect(stderr).toBe("");
      return JSON.parse(stdout) as unknown;
    };
    expect(await answered(tcp)).toMatchObject({ check: "model", status: "degraded", reason: "queue_long" });
    await eventually(async () =>
      expect(await latest(server)).toMatchObject({
        status: "degraded",
        reason: "queue_long",
        message: "210 requests wait",
        readings: { queue_length: { ok: true, value: 210 }, queue_wait_seconds: { ok: true, value: 4.2 } },
      }),
    );
    expect(await answered(unix)).toMatchObject({ check: "model", status: "healthy", reason: "ok" });
  });

  it("outlives a reload that does not change its check", async () => {
    const configFile = temporaryFile("reloaded.yaml", config("1h"));
    const server = await startServer({ configFile });
    await request(server.admin, "PUT", "/admin/heartbeats/model", { message: "loaded" });
    expect((await request(server.admin, "POST", "/admin/reload")).status).toBe(200);
    expect(await latest(server)).toMatchObject({ status: "healthy", message: "loaded" });
    expect((await get(server.http, "/readyz")).status).toBe(200);
  });

  it("names the checks that there are where there is no such one", async () => {
    const server = await startServer({ config: config("1h") });
    const { status, text } = await request(server.admin, "PUT", "/admin/heartbeats/modell");
    expect([status, JSON.parse(text)]).toEqual([
      404,
      { error: "there is no check modell of type heartbeat: configured are model" },
    ]);
  });
});

describeWith(["python"], "examples/heartbeat.py", () => {
  it("says that the model is loaded, until the process ends", async () => {
    const server = await startServer({ config: `admin: { token: 0123456789abcdef }\n${config("8s")}` });
    const watcher = new Watcher(server.grpc, "inference");
    const env = { ADMIN_TOKEN: "0123456789abcdef" };
    const reporter = start(toolPath("python"), [script, server.admin, "model"], { env });
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    expect(await latest(server)).toMatchObject({
      message: "model loaded, tokenizer works",
      readings: { kv_cache_used_ratio: { ok: true, value: 0.25 } },
    });
    await reporter.kill();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
  });

  it("reports over a Unix socket, and what its look at the model raises", async () => {
    const socket = temporaryFile("admin.sock");
    const server = await startServer({
      config: `admin: { listen: "unix:${socket}" }\n${config("1h")}`,
      configuredListeners: ["admin"],
    });
    const program = temporaryFile(
      "broken.py",
      `${readFileSync(script, "utf8").split("if __name__")[0]}
def look():
    raise RuntimeError("\\x1b[31mCUDA error:\\n  out of memory \\u202e" + "\\U0001f525" * 400)
Heartbeat(sys.argv[1], "model", look).beat()
`,
    );
    expect(await run(toolPath("python"), [program, `unix:${socket}`])).toMatchObject({ code: 0, stderr: "" });
    await eventually(async () =>
      expect(await latest(server)).toMatchObject({
        status: "unhealthy",
        reason: "self_test_failed",
        message: expect.stringMatching(/^RuntimeError: \[31mCUDA error: out of memory 🔥+$/u),
      }),
    );
  });
});
