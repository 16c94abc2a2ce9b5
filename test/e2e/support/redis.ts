import { join } from "node:path";
import { Redis } from "ioredis";
import { eventually } from "./eventually.js";
import { freePort } from "./free-port.js";
import { type RunningProcess, start } from "./processes.js";
import { serviceFolder, unprivileged } from "./service-folder.js";
import { toolPath } from "./tools.js";

/** A redis-server of the test's own, on a free port of the loopback interface. Killed after the last test. */
export class RedisServer {
  private running: RunningProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly args: readonly string[],
  ) {}

  /** Starts one. `args` are settings as the command line takes them; nothing is saved unless they say so. */
  static async start(args: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(serviceFolder("redis"), await freePort(), args);
    await server.resume();
    return server;
  }

  /** `HOST:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get socketPath(): string {
    return join(this.folder, "redis.sock");
  }

  get process(): RunningProcess {
    if (this.running === undefined) throw new Error("the server is not running");
    return this.running;
  }

  /** Starts it, again or for the first time, and waits until it listens. Its data may not be loaded by then. */
  async resume(more: readonly string[] = []): Promise<void> {
    const args = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--dir", this.folder, "--save", ""];
    const socket = ["--unixsocket", this.socketPath];
    const server = start(
      ...unprivileged(toolPath("redis-server"), [
        ...this.args.filter(isFile),
        ...args,
        ...socket,
        ...this.args.filter((arg) => !isFile(arg)),
        ...more,
      ]),
    );
    this.running = server;
    await server.until(() =>
      server.stdout.includes("Server initialized") || server.stdout.includes("Sentinel ID") ? true : undefined,
    );
    await eventually(() => this.command("INFO"));
  }

  async stop(): Promise<void> {
    await this.running?.kill();
    this.running = undefined;
  }

  /** What a command gives; errors of the server reject. */
  async command(name: string, ...args: readonly (string | number)[]): Promise<unknown> {
    const client = new Redis({
      port: this.port,
      retryStrategy: () => null,
      lazyConnect: true,
      enableReadyCheck: false,
      protocol: 2,
    });
    client.on("error", () => {});
    try {
      await client.connect();
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }
}

/** The path of a configuration file, which comes first on the command line. */
const isFile = (arg: string): boolean => arg.startsWith("/") && arg.endsWith(".conf");
