import type { ConnectionOptions } from "node:tls";
import { type Address, formatAddress } from "../../core/address.js";
import { type CheckContext, defineCheck } from "../check-type.js";
import { KeptConnection } from "../common/kept-connection.js";
import { deadlineError } from "../common/network-error.js";
import { resolveSecret } from "../common/secret.js";
import { parseServiceUrl, type ServiceUrl } from "../common/service-url.js";
import { readTls } from "../common/tls-options.js";
import { untilAborted } from "../common/until-aborted.js";
import type { Check, Result } from "../result.js";
import { openFirst, openRedis, type RedisConnection, redisDriver } from "./redis-connection.js";
import { redisError } from "./redis-error.js";
import { type RedisOptions, redisOptions, redisUrlForm } from "./redis-options.js";
import { askClusterInfo, askInfo, pingRefusesWrites, primaryOf } from "./redis-questions.js";
import { judgeRedis } from "./redis-verdict.js";

export const redis = defineCheck<RedisOptions>({
  type: "redis",
  summary:
    "A Redis or Valkey server, the primary that sentinels name, or a cluster with all its slots answers over a kept connection, has loaded its data, and has memory left.",
  reasons: [
    "connections",
    "tls",
    "redis",
    "authentication_failed",
    "database_not_found",
    "driver_missing",
    "insufficient_memory",
    "invalid_answer",
    "protocol_error",
    "query_failed",
    "secret_unreadable",
    "too_many_connections",
    "wrong_role",
  ],
  options: redisOptions,
  driver: redisDriver,
  readings: {
    usedMemoryBytes: {
      metric: "redis_memory_used",
      unit: "bytes",
      help: "Memory that the server uses, `used_memory`.",
    },
    maxMemoryBytes: { metric: "redis_memory_limit", unit: "bytes", help: "Memory that it may use, `maxmemory`." },
    clients: { metric: "redis_clients", unit: "count", help: "Connections of clients." },
    pingSeconds: { metric: "redis_ping", unit: "seconds", help: "Time of a PING, without connecting." },
    clusterSlotsOk: {
      metric: "redis_cluster_slots_ok",
      unit: "count",
      help: "Slots of the cluster that a node serves, of 16384.",
    },
  },
  create: (given, context) => new RedisCheck(given, context),
});

class RedisCheck implements Check {
  private readonly url: ServiceUrl | undefined;
  /** Where no connection stands: what the configuration names. */
  private readonly configuredAt: string;
  private readonly connection: KeptConnection<RedisConnection>;
  private startedAtMs = 0;

  constructor(
    private readonly given: RedisOptions,
    private readonly context: CheckContext,
  ) {
    this.url = given.url === undefined ? undefined : parseServiceUrl(given.url, redisUrlForm);
    const addresses = this.url === undefined ? (given.cluster ?? given.sentinels ?? []) : [this.url.address];
    this.configuredAt = addresses.map(formatAddress).join(", ");
    this.connection = new KeptConnection((signal) => this.open(signal));
  }

  async run(signal: AbortSignal): Promise<Result> {
    this.startedAtMs = this.context.clock.nowMs();
    const timedOut = () => deadlineError(this.configuredAt, "connected, but no answer", this.elapsedMs());
    return await this.connection.use(signal, timedOut, (connection) => this.look(connection));
  }

  stop(): void {
    this.connection.stop();
  }

  private async look(connection: RedisConnection): Promise<Result> {
    const where = formatAddress(connection.address);
    const askedAtMs = this.elapsedMs();
    try {
      const refusesWrites = await pingRefusesWrites(connection);
      const pingMs = this.elapsedMs() - askedAtMs;
      const info = await askInfo(connection);
      const cluster = this.given.cluster === undefined ? undefined : await askClusterInfo(connection);
      const role = this.given.sentinels === undefined ? this.given.role : "primary";
      const result = judgeRedis(where, { info, cluster, pingMs, refusesWrites }, { role, memory: this.given.memory });
      // Where it was a primary once, sentinels know better by now: the next run asks them.
      if (result.reason === "wrong_role") connection.close();
      return result;
    } catch (error) {
      throw redisError(error, where, this.elapsedMs() - askedAtMs);
    }
  }

  private async open(signal: AbortSignal): Promise<RedisConnection> {
    const { cluster, sentinels, masterName = "" } = this.given;
    if (this.url !== undefined) return await this.openServer(this.url.address, signal);
    if (cluster !== undefined) return await openFirst(cluster, (node, race) => this.openServer(node, race), signal);
    return await this.openServer(await this.askSentinels(sentinels ?? [], masterName, signal), signal);
  }

  private async openServer(address: Address, signal: AbortSignal): Promise<RedisConnection> {
    const { username, database, password } = this.given;
    const target = {
      address,
      user: this.url?.user ?? username,
      password: password === undefined ? this.url?.password : await resolveSecret(password, signal),
      database: database ?? Number(this.url?.path ?? 0),
      tls: await this.tls(signal),
    };
    return await openRedis(target, signal, () => this.elapsedMs());
  }

  private async askSentinels(sentinels: readonly Address[], name: string, signal: AbortSignal): Promise<Address> {
    const { sentinelUsername, sentinelPassword } = this.given;
    const credentials = {
      user: sentinelUsername,
      password: sentinelPassword === undefined ? undefined : await resolveSecret(sentinelPassword, signal),
      database: 0,
      tls: await this.tls(signal),
    };
    const open = (address: Address, race: AbortSignal) =>
      openRedis({ ...credentials, address }, race, () => this.elapsedMs());
    const sentinel = await openFirst(sentinels, open, signal);
    const where = formatAddress(sentinel.address);
    const timedOut = () => deadlineError(where, "connected, but no answer", this.elapsedMs());
    try {
      return await untilAborted(primaryOf(sentinel, name), signal, timedOut);
    } catch (error) {
      throw redisError(error, where, this.elapsedMs());
    } finally {
      sentinel.close();
    }
  }

  private async tls(signal: AbortSignal): Promise<ConnectionOptions | undefined> {
    const { tls } = this.given;
    if (tls !== undefined) return await readTls(tls, signal);
    return this.url?.scheme === "rediss" ? {} : undefined;
  }

  private elapsedMs(): number {
    return this.context.clock.nowMs() - this.startedAtMs;
  }
}
