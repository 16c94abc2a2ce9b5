import type { ConnectionOptions } from "node:tls";
import type { Redis } from "ioredis";
import { type Address, formatAddress } from "../../core/address.js";
import type { Connection } from "../common/kept-connection.js";
import { deadlineError } from "../common/network-error.js";
import { untilAborted } from "../common/until-aborted.js";
import { type Driver, loadDriver } from "../driver.js";
import { redisError } from "./redis-error.js";

export const redisDriver: Driver = { package: "ioredis", version: "^6.0.0" };

export interface RedisCredentials {
  readonly user: string | undefined;
  readonly password: string | undefined;
}

export interface RedisTarget extends RedisCredentials {
  readonly address: Address;
  readonly database: number;
  readonly tls: ConnectionOptions | undefined;
}

/** A connection to one server, be it Redis or a sentinel. */
export class RedisConnection implements Connection {
  constructor(
    readonly address: Address,
    private readonly client: Redis,
  ) {}

  get isOpen(): boolean {
    return this.client.status === "ready";
  }

  close(): void {
    this.client.disconnect();
  }

  /** What a command gives, as the protocol has it: texts, numbers, lists and null. */
  async command(name: string, ...args: readonly string[]): Promise<unknown> {
    return await this.client.call(name, ...args);
  }
}

/** @throws CheckError of the driver, the network or the server; at the deadline `timeout`. */
export async function openRedis(
  target: RedisTarget,
  signal: AbortSignal,
  elapsedMs: () => number,
): Promise<RedisConnection> {
  const { address, user, password, database, tls } = target;
  const where = formatAddress(address);
  const { Redis } = await loadDriver<typeof import("ioredis")>(redisDriver);
  const client = new Redis({
    ...(address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port }),
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    lazyConnect: true,
    // What is wrong is to be seen, and not to be tried again behind the check's back.
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // A server that is still loading is one of the answers.
    enableReadyCheck: false,
    // The handshake of protocol 3 needs Redis 6, and a right that a user may lack.
    protocol: 2,
    disableClientInfo: true,
    // The deadline of the check is the one that counts.
    connectTimeout: 0,
    disconnectTimeout: 0,
  });
  // An error without a listener is printed. What `connect` rejects with says only that the connection is closed.
  let firstError: unknown;
  client.on("error", (error: unknown) => {
    firstError ??= error;
  });
  let phase = tls === undefined ? "no connection" : "no TLS connection";
  client.once("connect", () => {
    phase = "connected, but no answer";
  });
  try {
    await untilAborted(connectTo(client, database), signal, () => deadlineError(where, phase, elapsedMs()));
    return new RedisConnection(address, client);
  } catch (error) {
    client.disconnect();
    throw redisError(signal.aborted ? error : (firstError ?? error), where, elapsedMs());
  }
}

/** The driver would go on with database 0 where the one that it is told does not exist. */
async function connectTo(client: Redis, database: number): Promise<void> {
  await client.connect();
  if (database !== 0) await client.select(database);
}

/**
 * The first of several that opens. The others are given up: what was not open by then is closed again.
 *
 * @throws the error of the first of them, where none opens.
 */
export async function openFirst(
  addresses: readonly Address[],
  open: (address: Address, signal: AbortSignal) => Promise<RedisConnection>,
  signal: AbortSignal,
): Promise<RedisConnection> {
  const race = new AbortController();
  const attempts = addresses.map((address) => open(address, AbortSignal.any([signal, race.signal])));
  try {
    const winner = await Promise.any(attempts);
    for (const attempt of attempts) {
      attempt.then((opened) => opened !== winner && opened.close()).catch(() => {});
    }
    return winner;
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    race.abort();
  }
}
