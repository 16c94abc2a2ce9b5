import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll } from "vitest";
import { declared, type LogLine } from "../../support/log-line.js";
import { eventually } from "./eventually.js";
import { get } from "./http.js";
import { programPath } from "./paths.js";
import { type Exit, type Outcome, type RunningProcess, run, type StartOptions, start } from "./processes.js";

/** Everything that the tests of one file leave on disk, and their servers, which are killed and cannot tidy up. */
const scratch = mkdtempSync(join(tmpdir(), "gpu-health-e2e-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const inScratch = (options: StartOptions = {}): StartOptions => ({
  ...options,
  env: { TMPDIR: scratch, ...options.env },
});

/** Runs one command of our own program to its end. */
export const gpuHealth = (args: readonly string[], options?: StartOptions): Promise<Outcome> =>
  run(process.execPath, [programPath, ...args], inScratch(options));

/** Starts a command of our own program that goes on running. */
export const startGpuHealth = (args: readonly string[], options?: StartOptions): RunningProcess =>
  start(process.execPath, [programPath, ...args], inScratch(options));

export type { LogLine } from "../../support/log-line.js";

type Listener = "grpc" | "http" | "admin";
const listeners: readonly Listener[] = ["grpc", "http", "admin"];

export interface ServerOptions extends StartOptions {
  /** YAML text of the configuration; without it the server runs on its defaults. */
  readonly config?: string;
  /** The configuration's path, where the test changes it later. */
  readonly configFile?: string;
  /** What to start in place of `serve`, with flags of its own. */
  readonly command?: readonly string[];
  /** `h200x2`; without it the GPUs are whatever the configuration says. */
  readonly simulate?: string;
  /** Listeners whose addresses the configuration gives, and not a flag. */
  readonly configuredListeners?: readonly Listener[];
}

/** `serve`, started for real on free ports and ready. */
export class Server {
  constructor(
    readonly process: RunningProcess,
    /** Where it listens, each `HOST:PORT` (or `unix:PATH`), as the ready line named it. */
    readonly grpc: string,
    readonly http: string,
    readonly admin: string,
  ) {}

  /** The JSON lines of the log so far. */
  log(): readonly LogLine[] {
    return this.process.lines().map((line) => declared(JSON.parse(line)));
  }

  /** Changes the simulated GPUs, as an operator does: `drill("memory", "--gpu", "0", "--free", "300MiB")`. */
  async drill(...args: readonly string[]): Promise<void> {
    const outcome = await gpuHealth(["drill", ...args, "--admin", this.admin]);
    if (outcome.code !== 0) throw new Error(`drill ${args.join(" ")} failed: ${outcome.stdout}${outcome.stderr}`);
  }

  terminate(): void {
    this.process.signal("SIGTERM");
  }

  /** Kills it, where its way of ending is not what is tested. */
  kill(): Promise<void> {
    return this.process.kill();
  }

  end(withinMs?: number): Promise<Exit> {
    return this.process.end(withinMs);
  }
}

/** The arguments of `serve` on free ports of this machine. */
export function serveArguments(options: ServerOptions): readonly string[] {
  const { config } = options;
  const configFile = config === undefined ? options.configFile : temporaryFile("gpu-health.yaml", config);
  const flagged = listeners.filter((listener) => !options.configuredListeners?.includes(listener));
  return [
    ...(options.command ?? ["serve"]),
    ...flagged.flatMap((listener) => [`--${listener}`, "127.0.0.1:0"]),
    ...(configFile === undefined ? [] : ["-c", configFile]),
    ...(options.simulate === undefined ? [] : ["--simulate", options.simulate]),
  ];
}

/** Starts `serve` and waits for its ready line. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const process = startGpuHealth(serveArguments(options), options);
  const ready = await process.until(() => process.lines().find((line) => line.includes('"event":"ready"')));
  const addresses = JSON.parse(ready) as Record<Listener, readonly string[]>;
  return new Server(process, first(addresses.grpc), first(addresses.http), first(addresses.admin));
}

/** Starts `serve` and waits until it is ready for traffic. */
export async function startServingServer(options: ServerOptions = {}): Promise<Server> {
  const server = await startServer(options);
  await eventually(async () => {
    const { status, text } = await get(server.http, "/readyz");
    if (status !== 200) throw new Error(`/readyz says ${status}: ${text}`);
  });
  return server;
}

function first(addresses: readonly string[]): string {
  const [address] = addresses;
  if (address === undefined) throw new Error("the ready line names no address");
  return address;
}

/** A file that is deleted after the last test of the file, for configurations and sockets. */
export function temporaryFile(name: string, content?: string): string {
  const path = join(mkdtempSync(join(scratch, "file-")), name);
  if (content !== undefined) writeFileSync(path, content);
  return path;
}

/** A folder that is deleted after the last test of the file. */
export const temporaryFolder = (name: string): string => mkdtempSync(join(scratch, `${name}-`));

/** Environment in which the program gets SIGTERM the moment that it has made a temporary folder in `directory`. */
export function terminatedByItsFolder(directory: string): Readonly<Record<string, string>> {
  const preload = temporaryFile(
    "preload.mjs",
    `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { mkdtempSync } = fs;
fs.mkdtempSync = (prefix) => {
  const folder = mkdtempSync(prefix);
  process.kill(process.pid, "SIGTERM");
  return folder;
};
syncBuiltinESMExports();
`,
  );
  return { NODE_OPTIONS: `--import ${pathToFileURL(preload)}`, TMPDIR: directory };
}
