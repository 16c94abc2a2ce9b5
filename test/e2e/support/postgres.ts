import { chmodSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { afterAll } from "vitest";
import { freePort } from "./free-port.js";
import { type RunningProcess, run, start } from "./processes.js";
import { ownByService, serviceFolder, unprivileged } from "./service-folder.js";
import { toolPath } from "./tools.js";

export const postgresPassword = "pg-S3cret";

const servers: PostgresServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** A PostgreSQL server of the test's own, on a free port of the loopback interface. The superuser is `postgres`. */
export class PostgresServer {
  private process: RunningProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {
    servers.push(this);
  }

  /** Starts one. `settings` are lines of postgresql.conf. */
  static async start(settings: readonly string[] = []): Promise<PostgresServer> {
    const server = new PostgresServer(serviceFolder("postgres"), await freePort());
    const passwordFile = join(dirname(server.folder), "password");
    writeFileSync(passwordFile, postgresPassword);
    chmodSync(passwordFile, 0o644);
    const initialized = await program("initdb", [
      `--pgdata=${server.folder}`,
      "--username=postgres",
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      "--no-locale",
      "--encoding=UTF8",
      "--no-sync",
    ]);
    if (initialized.code !== 0) throw new Error(`initdb failed: ${initialized.stderr}`);
    await server.resume(settings);
    return server;
  }

  /** A standby of this server. */
  async standby(): Promise<PostgresServer> {
    const standby = new PostgresServer(serviceFolder("standby"), await freePort());
    const copied = await program("pg_basebackup", [
      `--pgdata=${standby.folder}`,
      "--write-recovery-conf",
      "--checkpoint=fast",
      "--no-sync",
      `--dbname=postgres://postgres:${postgresPassword}@127.0.0.1:${this.port}`,
    ]);
    if (copied.code !== 0) throw new Error(`pg_basebackup failed: ${copied.stderr}`);
    await standby.resume();
    return standby;
  }

  /** `HOST:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  url(user = "postgres", database = "postgres"): string {
    return `postgres://${user}@${this.address}/${database}`;
  }

  /** Starts it, again or for the first time, and waits until it takes connections. */
  async resume(settings: readonly string[] = []): Promise<void> {
    writeFileSync(join(this.folder, "postgresql.auto.conf"), `${settings.join("\n")}\n`, { flag: "a" });
    this.process = start(
      ...unprivileged(toolPath("postgres"), [
        ...["-D", this.folder, "-p", String(this.port), "-k", this.folder],
        ...["-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=16MB", "-c", "fsync=off"],
      ]),
    );
    await this.process.until(() => (this.process?.stderr.includes("ready to accept") === true ? true : undefined));
  }

  /** Ends it at once, as a crash does, but without leaving any of its processes behind. */
  async stop(): Promise<void> {
    this.process?.signal("SIGQUIT");
    await this.process?.end();
    this.process = undefined;
  }

  /** Puts a file into the data folder that nobody but the server may read. */
  addFile(name: string, content: Buffer): void {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    ownByService(path);
  }

  /** What a statement of the superuser gives. */
  async sql(statement: string, database = "postgres"): Promise<readonly Record<string, unknown>[]> {
    const client = await this.session(database);
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  /** A session of the superuser, for the caller to end. */
  async session(database = "postgres"): Promise<Client> {
    const { port } = this;
    const client = new Client({ host: "127.0.0.1", port, user: "postgres", password: postgresPassword, database });
    client.on("error", () => {});
    await client.connect();
    return client;
  }
}

const program = (name: string, args: readonly string[]) =>
  run(...unprivileged(join(dirname(toolPath("postgres")), name), args));
