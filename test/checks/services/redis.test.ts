import { describe, expect, it } from "vitest";
import { redis } from "../../../src/checks/services/redis.js";
import { redisError } from "../../../src/checks/services/redis-error.js";
import { type RedisInfo, readClusterInfo, readRedisInfo } from "../../../src/checks/services/redis-info.js";
import { judgeRedis, type RedisExpectations, type RedisFindings } from "../../../src/checks/services/redis-verdict.js";

const where = "cache:6379";
const primary: RedisInfo = {
  version: "7.2.4",
  role: "primary",
  usedMemoryBytes: 95,
  maxMemoryBytes: 100,
  evictionPolicy: "allkeys-lru",
  clients: 3,
  isLoading: false,
  persistenceErrors: [],
  isLinked: undefined,
};

const judge = (info: Partial<RedisInfo>, expected: RedisExpectations = {}, found: Partial<RedisFindings> = {}) =>
  judgeRedis(
    where,
    { info: { ...primary, ...info }, cluster: undefined, pingMs: 1, refusesWrites: false, ...found },
    expected,
  );

describe("the verdict on a Redis server", () => {
  it("is healthy for a full cache that may evict any key", () => {
    expect(judge({})).toMatchObject({
      status: "healthy",
      reason: "ok",
      message: "cache:6379: the primary answered in 1 ms, 95 B used of 100 B",
      readings: { usedMemoryBytes: { value: 95 }, maxMemoryBytes: { value: 100 }, pingSeconds: { value: 0.001 } },
    });
  });

  it.each<[string, ReturnType<typeof judge>, "unhealthy" | "degraded", string]>([
    ["full, and nothing is evicted", judge({ evictionPolicy: "noeviction" }), "degraded", "insufficient_memory"],
    [
      "full, by a limit of its own",
      judge({}, { memory: { degraded: 0.5, unhealthy: 0.9 } }),
      "unhealthy",
      "insufficient_memory",
    ],
    ["loading", judge({ isLoading: true }), "unhealthy", "loading"],
    ["a replica", judge({ role: "replica", isLinked: true }, { role: "primary" }), "unhealthy", "wrong_role"],
    ["a lost primary", judge({ role: "replica", isLinked: false }), "degraded", "replication_stopped"],
    ["a failed save", judge({ persistenceErrors: ["rdb_last_bgsave_status"] }), "degraded", "persistence_failed"],
    ["refused writes", judge({}, {}, { refusesWrites: true }), "degraded", "persistence_failed"],
    [
      "a cluster that is down",
      judge({}, {}, { cluster: { state: "fail", slotsOk: 10_923, nodes: 3 } }),
      "unhealthy",
      "cluster_down",
    ],
    [
      "a cluster with holes",
      judge({}, {}, { cluster: { state: "ok", slotsOk: 10_923, nodes: 3 } }),
      "degraded",
      "cluster_slots_missing",
    ],
  ])("%s", (_, result, status, reason) => {
    expect(result).toMatchObject({ status, reason });
    expect(result.message).toContain(where);
    expect(result.remedy).toBeTruthy();
  });
});

describe("what Redis says of itself", () => {
  it("is no made-up figure where it is something else", () => {
    expect(readRedisInfo("# Server\r\nredis_version:7.0.15\r\n")).toBeUndefined();
    expect(readClusterInfo("cluster_state:ok\r\n")).toBeUndefined();
  });
});

describe("the options of the redis check", () => {
  const url = "redis://cache.example";
  it.each([
    [{}, "give one of `url`, `cluster` and `sentinels`"],
    [{ url, cluster: ["a:1"] }, "give one of"],
    [{ sentinels: ["a:1"] }, "`masterName` come together"],
    [{ cluster: ["a:1"], role: "primary" }, "has no effect in a cluster"],
    [{ cluster: ["a:1"], database: 1 }, "no databases but 0"],
    [{ url, sentinelPassword: "S3cret" }, "has no effect without `sentinels`"],
    [{ url: "redis://:S3cret@cache.example", password: "S3cret" }, "has a password already"],
    [{ url: `${url}/1`, database: 2 }, "names a database already"],
    [{ url: `${url}/one` }, "must be the number of a database"],
    [{ url, password: 12345 }, "expected a text"],
  ])("refuses %j, and repeats no password", (options, problem) => {
    const parsed = redis.options().safeParse(options, { reportInput: true });
    const messages = JSON.stringify(parsed.error?.issues.map(({ message }) => message));
    expect(messages).toContain(problem);
    expect(messages).not.toMatch(/S3cret|12345/);
  });
});

describe("what an error of the driver comes to", () => {
  it("never holds the command, which may be AUTH", () => {
    const error = Object.assign(new Error("WRONGPASS invalid username-password pair"), {
      name: "ReplyError",
      command: { name: "auth", args: ["S3cret"] },
    });
    const made = redisError(error, where, 5);
    expect(made).toMatchObject({ reason: "authentication_failed" });
    expect(made.message).toBe("cache:6379: WRONGPASS invalid username-password pair, after 5 ms");
    expect(made.cause).toBeUndefined();
  });

  it.each([
    ["LOADING Redis is loading the dataset in memory", "loading"],
    ["NOPERM this user has no permissions to run the 'info' command", "permission_denied"],
    ["ERR max number of clients reached", "too_many_connections"],
    ["BUSY Redis is busy running a script. You can only call SCRIPT KILL", "script_running"],
    ["ERR something else", "query_failed"],
  ])("%s: %s", (message, reason) => {
    expect(redisError(Object.assign(new Error(message), { name: "ReplyError" }), where, 5)).toMatchObject({ reason });
  });

  it("says that it is no Redis that answers", () => {
    const made = redisError(new Error('Unknown RESP type 83 "S". Please report this.'), where, 5);
    expect(made.reason).toBe("protocol_error");
    expect(made.message).toBe("cache:6379: what came back is not Redis's protocol after 5 ms");
  });

  it("takes a closed connection for a broken one", () => {
    expect(redisError(new Error("Connection is closed."), where, 5)).toMatchObject({ reason: "connection_reset" });
  });
});
