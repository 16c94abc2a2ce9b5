import { dirname, join } from "node:path";
import { createConnection } from "mysql2/promise";
import { eventually } from "./eventually.js";
import { freePort } from "./free-port.js";
import { type RunningProcess, run, start } from "./processes.js";
import { serviceFolder, unprivileged } from "./service-folder.js";
import { toolPath } from "./tools.js";

export const mariadbPassword = "maria-S3cret";

/** A MariaDB server of the test's own, on a free port of the loopback interface. Killed after the last test. */
export class MariadbServer {
  private process: RunningProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly args: readonly string[],
  ) {}

  /** Starts one, with a database `app` and an administrator `admin`. `args` are settings of the command line. */
  static async start(args: readonly string[] = []): Promise<MariadbServer> {
    const server = new MariadbServer(serviceFolder("mariadb"), await freePort(), args);
    const made = await run(
      ...unprivileged("mariadb-install-db", [
        ...["--no-defaults", `--datadir=${server.folder}`, "--skip-test-db"],
        "--auth-root-authentication-method=normal",
      ]),
    );
    if (made.code !== 0) throw new Error(`mariadb-install-db failed: ${made.stdout}${made.stderr}`);
    await server.resume();
    await server.sql("CREATE DATABASE app");
    await server.sql(`GRANT ALL ON *.* TO admin@'%' IDENTIFIED BY '${mariadbPassword}' WITH GRANT OPTION`);
    return server;
  }

  /** `HOST:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get socketPath(): string {
    return join(dirname(this.folder), "m.sock");
  }

  url(user = "admin", database = "app"): string {
    return `mysql://${user}@${this.address}/${database}`;
  }

  /** Starts it, again or for the first time, and waits until it takes connections. */
  async resume(): Promise<void> {
    this.process = start(
      ...unprivileged(toolPath("mariadbd"), [
        ...["--no-defaults", `--datadir=${this.folder}`, `--port=${this.port}`, "--bind-address=127.0.0.1"],
        ...[`--socket=${this.socketPath}`, "--skip-name-resolve", "--innodb-buffer-pool-size=16M"],
        ...["--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=2", ...this.args],
      ]),
    );
    await this.process.until(() => this.process?.stderr.includes("ready for connections") || undefined);
    await eventually(() => this.sql("SELECT 1"));
  }

  async stop(): Promise<void> {
    await this.process?.kill();
    this.process = undefined;
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.signal(signal);
  }

  /** What a statement of `root` gives. */
  async sql(statement: string): Promise<readonly Record<string, unknown>[]> {
    const session = await this.session();
    try {
      const [rows] = await session.query(statement);
      return rows as Record<string, unknown>[];
    } finally {
      await session.end();
    }
  }

  /** A session of `root`, for the caller to end. */
  session() {
    return createConnection({ socketPath: this.socketPath, user: "root" });
  }
}
