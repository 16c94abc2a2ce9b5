import { describe, expect, it } from "vitest";
import type { AnsweringMember, EtcdMember } from "../../../src/checks/services/etcd-member.js";
import { judgeEtcd } from "../../../src/checks/services/etcd-verdict.js";
import { CheckError } from "../../../src/core/check.js";
import { present, unsupported } from "../../../src/core/result.js";
import { ManualClock } from "../../support/manual-clock.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { type Routes, WireServer } from "../../support/wire-server.js";

const member = (changes: Partial<AnsweringMember> = {}): AnsweringMember => ({
  kind: "answering",
  endpoint: "http://a:2379",
  health: { ok: true },
  version: "3.5.9",
  memberId: "1a",
  clusterId: "c1",
  leaderId: "1a",
  alarms: [],
  databaseBytes: 100,
  quotaBytes: present(1000),
  ...changes,
});
const gone: EtcdMember = {
  kind: "unreachable",
  endpoint: "http://b:2379",
  error: new CheckError({ reason: "connection_refused", message: "http://b:2379: refused", remedy: "start it" }),
};

describe("judging etcd", () => {
  it.each([
    ["well", [member()], "healthy", "ok"],
    ["one of two is gone", [member(), gone], "degraded", "member_unreachable"],
    ["all are gone", [gone], "unhealthy", "connection_refused"],
    [
      "no leader",
      [member({ leaderId: undefined, health: { ok: false, why: "RAFT NO LEADER" } }), gone],
      "unhealthy",
      "no_leader",
    ],
    [
      "one says it is unhealthy",
      [member(), member({ health: { ok: false, why: "slow" } })],
      "degraded",
      "member_unhealthy",
    ],
    ["all say they are unhealthy", [member({ health: { ok: false, why: "slow" } })], "unhealthy", "member_unhealthy"],
    ["no space", [member({ alarms: ["NOSPACE"], health: { ok: false, why: "alarm" } })], "unhealthy", "alarm_no_space"],
    ["corrupt and no space", [member({ alarms: ["NOSPACE", "CORRUPT"] })], "unhealthy", "alarm_corrupt"],
    ["an alarm of the future", [member({ alarms: ["MELTDOWN"] })], "unhealthy", "alarm_raised"],
    ["two clusters", [member(), member({ clusterId: "c2" })], "unhealthy", "several_clusters"],
    ["nearly full", [member(), member({ databaseBytes: 901 })], "degraded", "database_nearly_full"],
    ["at its limit", [member({ databaseBytes: 900 })], "healthy", "ok"],
    ["quota unknown", [member({ quotaBytes: unsupported })], "healthy", "ok"],
  ] as const)("%s", (_, members, status, reason) => {
    expect(judgeEtcd(members, 0.9)).toMatchObject({ status, reason });
  });

  it("gives the readings of the fullest member, and none where nobody answers", () => {
    expect(judgeEtcd([member(), member({ databaseBytes: 500 })], 0.9).readings).toEqual({
      wellMembers: present(2),
      databaseBytes: present(500),
      databaseQuotaBytes: present(1000),
      databaseUsedRatio: present(0.5),
    });
    expect(judgeEtcd([gone], 0.9)).toMatchObject({ readings: { wellMembers: present(0) }, remedy: "start it" });
  });
});

/** As etcd 3.6 answers, which tells the quota itself. */
const statusBody = {
  header: { cluster_id: "14841639068965178418", member_id: "10276657743932975437", raft_term: "2" },
  version: "3.6.1",
  dbSize: "24576",
  leader: "10276657743932975437",
  dbSizeQuota: "2147483648",
};
const well: Routes = {
  "GET /health": { body: { health: "true", reason: "" } },
  "POST /v3/maintenance/status": { body: statusBody },
};

describe("etcd check", () => {
  const start = async (routes: Routes) => {
    const server = new WireServer(routes);
    return { server, endpoints: [await server.listen()] };
  };

  it("takes the quota from the status where that has it", async () => {
    const { server, endpoints } = await start(well);
    const result = await runOnce(createCheck("etcd", { endpoints }));
    expect(result).toMatchObject({
      status: "healthy",
      readings: { databaseQuotaBytes: { ok: true, value: 2147483648 } },
      metadata: { version: "3.6.1", leader: "8e9e05c52164694d" },
    });
    expect(server.count("GET /metrics")).toBe(0);
  });

  it("reads the quota of older members once in five minutes", async () => {
    const status = { header: { cluster_id: "1", member_id: "2" }, version: "3.4.23", dbSize: "10", leader: "2" };
    const { server, endpoints } = await start({
      ...well,
      "POST /v3/maintenance/status": { body: status },
      "GET /metrics": { body: "# HELP x\netcd_server_quota_backend_bytes 2.147483648e+09\n" },
    });
    const clock = new ManualClock();
    const check = createCheck("etcd", { endpoints }, clock);
    for (let run = 0; run < 3; run += 1) {
      expect(await runOnce(check)).toMatchObject({ readings: { databaseQuotaBytes: { value: 2147483648 } } });
    }
    expect(server.count("GET /metrics")).toBe(1);
    clock.advance(300_000);
    await runOnce(check);
    expect(server.count("GET /metrics")).toBe(2);
    expect(clock.pending).toBe(0);
  });

  it("says when the endpoint is something else", async () => {
    const { endpoints } = await start({ "POST /v3/maintenance/status": { body: { status: "up" } } });
    expect(await runOnce(createCheck("etcd", { endpoints }))).toMatchObject({
      status: "unhealthy",
      reason: "invalid_answer",
      remedy: expect.stringContaining("client URL"),
    });
  });

  it("gives the reason of a member that is not well", async () => {
    const { endpoints } = await start({
      ...well,
      "GET /health": { status: 503, body: { health: "false", reason: "RANGE ERROR:timeout" } },
    });
    const result = await runOnce(createCheck("etcd", { endpoints }));
    expect(result).toMatchObject({ status: "unhealthy", reason: "member_unhealthy" });
    expect(result.message).toContain("/health says RANGE ERROR:timeout");
  });

  it("judges without a member that hangs", async () => {
    const clock = new ManualClock();
    const { endpoints: fine } = await start(well);
    const { server, endpoints: hanging } = await start({ ...well, "POST /v3/maintenance/status": "never" });
    const running = runOnce(createCheck("etcd", { endpoints: [...fine, ...hanging] }, clock));
    await expect.poll(() => server.count("POST /v3/maintenance/status")).toBe(1);
    clock.advance(2500);
    const result = await running;
    expect(result).toMatchObject({ status: "degraded", reason: "member_unreachable" });
    expect(result.message).toContain("connected, but no answer after 2.5 s");
  });

  it("tells nobody the password or the token", async () => {
    const leaky = { status: 400, body: { code: 3, message: "no user with password s3cret-pw" } };
    const asUser = { username: "reader", password: "s3cret-pw" };
    const refusing = await start({ ...well, "POST /v3/auth/authenticate": leaky });
    const refused = await runOnce(createCheck("etcd", { endpoints: refusing.endpoints, ...asUser }));
    expect(refused).toMatchObject({ status: "unhealthy", reason: "authentication_failed" });

    const broken = await start({
      ...well,
      "POST /v3/auth/authenticate": { body: { token: "t0ken" } },
      "POST /v3/kv/range": { status: 500, body: { code: 2, message: "cannot read with t0ken" } },
    });
    const failed = await runOnce(createCheck("etcd", { endpoints: broken.endpoints, ...asUser }));
    expect(failed).toMatchObject({ status: "unhealthy", reason: "read_failed" });
    expect(JSON.stringify([refused, failed])).not.toMatch(/s3cret-pw|t0ken/);
  });

  it("logs in where a member tells its state to users only, and once", async () => {
    const empty = { status: 400, body: { code: 3, message: "etcdserver: user name is empty" } };
    const status = "POST /v3/maintenance/status";
    const { server, endpoints } = await start({
      ...well,
      [status]: ({ headers }) => (headers.authorization === "t0ken" ? { body: statusBody } : empty),
      "POST /v3/auth/authenticate": { body: { token: "t0ken" } },
      "POST /v3/kv/range": { status: 403, body: { code: 7, message: "etcdserver: permission denied" } },
    });
    const check = createCheck("etcd", { endpoints, username: "reader", password: "pass" });
    for (let run = 0; run < 3; run += 1) expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    expect(server.count("POST /v3/auth/authenticate")).toBe(1);
    const anonymous = await runOnce(createCheck("etcd", { endpoints }));
    expect(anonymous).toMatchObject({ status: "unhealthy", reason: "authentication_failed" });
    expect(anonymous.remedy).toContain("username and password");
  });

  it("needs a password with a user name, and at least one URL", () => {
    expect(() => createCheck("etcd", { endpoints: ["http://a:1"], username: "reader" })).toThrow("come together");
    expect(() => createCheck("etcd", { endpoints: [] })).toThrow();
    expect(() => createCheck("etcd", { endpoints: ["a:2379"] })).toThrow("http://");
  });
});
