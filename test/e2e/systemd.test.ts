import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { freePort } from "./support/free-port.js";
import { get, request } from "./support/http.js";
import { inRepository, programPath } from "./support/paths.js";
import { type RunningProcess, run, start } from "./support/processes.js";
import { startServingServer, temporaryFile, temporaryFolder } from "./support/program.js";
import { describeWith, toolPath } from "./support/tools.js";
import { Watcher } from "./support/watcher.js";

/** A file that is there or not decides readiness. */
const configFor = (file: string, more = ""): string => `
drain: { delay: 100ms }
checks:
  flag: { type: file, path: ${file}, interval: 100ms, failureThreshold: 1 }
${more}
`;

interface Told {
  readonly pid: number;
  readonly message: string;
}

/** What a service manager hears, from the socket that it gave to the service. */
async function listenAt(path: string): Promise<RunningProcess> {
  const manager = start(toolPath("python"), [inRepository("test/e2e/python/notify_socket.py"), path]);
  await manager.until(() => manager.lines()[0]);
  return manager;
}

const told = (manager: RunningProcess): readonly Told[] =>
  manager
    .lines()
    .slice(1)
    .map((line) => JSON.parse(line) as Told);

const messages = (manager: RunningProcess): readonly string[] => told(manager).map(({ message }) => message);

describeWith(["python"], "sd_notify", () => {
  it("tells readiness and its reason, a reload, signs of life, and the end", async () => {
    const notifySocket = temporaryFile("notify");
    const manager = await listenAt(notifySocket);
    const file = temporaryFile("flag", "");
    const env = { NOTIFY_SOCKET: notifySocket, WATCHDOG_USEC: "400000" };
    const server = await startServingServer({ config: configFor(file), env });
    await eventually(() => {
      expect(messages(manager)[0]).toMatch(/^READY=1\nSTATUS=(ready|not ready: not_checked_yet: .*)$/);
      expect(messages(manager).some((message) => message.endsWith("STATUS=ready"))).toBe(true);
      expect(messages(manager).filter((message) => message === "WATCHDOG=1").length).toBeGreaterThan(2);
    });

    const rest = messages(manager).length;
    rmSync(file);
    await eventually(() => expect(messages(manager).slice(rest).join("\n")).toMatch(/STATUS=not ready: .*flag/));

    expect((await request(server.admin, "POST", "/admin/reload")).status).toBe(200);
    await eventually(() => {
      const [reloading, ready] = messages(manager)
        .slice(rest)
        .filter((message) => /RELOADING|READY/.test(message));
      expect(reloading).toMatch(/^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*$/);
      expect(ready).toMatch(/^READY=1\nSTATUS=not ready: /);
    });

    server.terminate();
    expect(await server.end()).toEqual({ code: 0, signal: null });
    await eventually(() =>
      expect(messages(manager).join("\n")).toContain("STOPPING=1\nSTATUS=not ready: shutting_down"),
    );
    expect([...new Set(told(manager).map(({ pid }) => pid))]).toEqual([server.process.pid]);
  });

  it("takes an abstract socket, and keeps it from the programs that checks run", async () => {
    const notifySocket = `@gpu-health-test-${process.pid}`;
    const manager = await listenAt(notifySocket);
    const exec = `  clean: { type: exec, command: [sh, -c, 'test -z "$NOTIFY_SOCKET$WATCHDOG_USEC"'] }`;
    const env = { NOTIFY_SOCKET: notifySocket, WATCHDOG_USEC: "60000000" };
    await startServingServer({ config: configFor(temporaryFile("flag", ""), exec), env });
    await eventually(() => expect(messages(manager)[0]).toContain("READY=1"));
  });

  it("says once in its log when nobody takes the messages, and serves", async () => {
    const env = { NOTIFY_SOCKET: temporaryFile("nobody"), WATCHDOG_USEC: "100000" };
    const server = await startServingServer({ config: configFor(temporaryFile("flag", "")), env });
    const lines = () => server.log().filter(({ event }) => event === "systemd_not_told");
    await eventually(() => expect(lines()).toMatchObject([{ level: "warn", code: "ENOENT" }]));
  });
});

describeWith(["systemd-socket-activate", "curl", "python"], "socket activation", () => {
  it("listens on the sockets that systemd holds, in place of the configured addresses", async () => {
    const [grpcPort, httpPort] = [await freePort(), await freePort()];
    const clean = `  clean: { type: exec, command: [sh, -c, 'test -z "$LISTEN_FDS$LISTEN_PID" && test ! -S /proc/self/fd/4'] }`;
    const config = temporaryFile("gpu-health.yaml", configFor(temporaryFile("flag", ""), clean));
    const activator = start(toolPath("systemd-socket-activate"), [
      ...[`--listen=127.0.0.1:${grpcPort}`, `--listen=127.0.0.1:${httpPort}`, "--fdname=grpc:http"],
      ...[process.execPath, programPath, "serve", "-c", config, "--grpc", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
    ]);
    await activator.until(() => (activator.stderr.includes("Listening") ? true : undefined));
    // The first connection starts the server, which then answers it.
    await eventually(async () => expect((await get(`127.0.0.1:${httpPort}`, "/readyz")).status).toBe(200));
    const ready = await activator.until(() => activator.lines().find((line) => line.includes('"event":"ready"')));
    expect(JSON.parse(ready)).toMatchObject({
      grpc: [`127.0.0.1:${grpcPort}`],
      http: [`127.0.0.1:${httpPort}`],
      pid: activator.pid,
    });
    const watcher = new Watcher(`127.0.0.1:${grpcPort}`, "readiness");
    await eventually(() => expect(watcher.statuses).toHaveLength(1));
    activator.signal("SIGTERM");
    expect(await activator.end()).toEqual({ code: 0, signal: null });
  });

  it("takes a Unix socket, whose file stays for the next start", async () => {
    const path = temporaryFile("http.sock");
    const config = temporaryFile("gpu-health.yaml", configFor(temporaryFile("flag", "")));
    const activator = start(toolPath("systemd-socket-activate"), [
      ...[`--listen=${path}`, "--fdname=http"],
      ...[process.execPath, programPath, "serve", "-c", config, "--grpc", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
    ]);
    await activator.until(() => (activator.stderr.includes("Listening") ? true : undefined));
    const curl = await run(toolPath("curl"), ["--silent", "--unix-socket", path, "http://localhost/livez"]);
    expect(curl.stdout).toBe("ok");
    await eventually(() => expect(activator.stdout).toContain(`"http":["unix:${path}"]`));
    activator.signal("SIGTERM");
    expect(await activator.end()).toEqual({ code: 0, signal: null });
    expect(readdirSync(join(path, ".."))).toContain("http.sock");
  });

  it("refuses a socket without a name of ours, and one that is not made for it", async () => {
    const refused = async (...options: readonly string[]): Promise<string> => {
      const path = temporaryFile("some.sock");
      const activator = start(toolPath("systemd-socket-activate"), [
        ...[`--listen=${path}`, ...options],
        ...[process.execPath, programPath, "serve", "--grpc", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
      ]);
      await activator.until(() => (activator.stderr.includes("Listening") ? true : undefined));
      const knock = options.includes("--datagram") ? "SOCK_DGRAM" : "SOCK_STREAM";
      const script = `import socket; s = socket.socket(socket.AF_UNIX, socket.${knock}); s.connect("${path}"); s.send(b"x")`;
      await run(toolPath("python"), ["-c", script]);
      expect((await activator.end()).code).toBe(1);
      return activator.stderr;
    };
    expect(await refused("--fdname=web")).toContain(
      'systemd hands over a socket with "web": its socket unit needs FileDescriptorName=, one of grpc, http, admin',
    );
    expect(await refused("--fdname=http", "--datagram")).toContain(
      "cannot listen on /dev/fd/3: it is no listening stream socket",
    );
  });
});

describeWith(["systemd-analyze"], "the unit files", () => {
  const folder = inRepository("deploy/systemd");

  it("pass systemd-analyze verify", async () => {
    const copies = join(temporaryFolder("units"), "units");
    mkdirSync(copies);
    for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(copies, name));
    // The program need not be installed on this machine; the rest is as it is delivered.
    const service = join(copies, "gpu-health.service");
    writeFileSync(service, readFileSync(service, "utf8").replace("=gpu-health ", `=${process.execPath} `));
    const units = readdirSync(copies).map((name) => join(copies, name));
    const outcome = await run(toolPath("systemd-analyze"), ["verify", ...units]);
    expect(outcome).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("have an exposure of 2.0 at most in systemd-analyze security", async () => {
    const service = join(folder, "gpu-health.service");
    const outcome = await run(toolPath("systemd-analyze"), ["security", "--offline=true", "--threshold=20", service]);
    expect(outcome.stdout).toMatch(/Overall exposure level for gpu-health.service: [01]\.|exposure level .*: 2\.0/);
    expect(outcome.code).toBe(0);
  });
});
