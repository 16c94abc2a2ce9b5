import { afterAll, expect, it } from "vitest";
import type { Result } from "../../../src/core/result.js";
import { Certificates } from "../../support/certificates.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { type EtcdMember, startEtcd } from "../support/etcd.js";
import { eventually } from "../support/eventually.js";
import { refusingAddress, silentServer } from "../support/fake-servers.js";
import { get } from "../support/http.js";
import { startServingServer } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { describeWith } from "../support/tools.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;

const endpointsOf = (members: readonly EtcdMember[]) => members.map(({ endpoint }) => endpoint);
const ask = (options: object): Promise<Result> => runOnce(createCheck("etcd", options));
const until = (options: object, expected: object): Promise<Result> =>
  eventually(async () => {
    const result = await ask(options);
    expect(result).toMatchObject(expected);
    return result;
  });

const certificates = new Certificates();
afterAll(() => certificates.remove());

describeWith(["etcd"], "etcd", () => {
  it("is NOT_SERVING while it is down, and serves again", async () => {
    const [member] = await startEtcd(1);
    if (member === undefined) throw new Error("no member");
    await until({ endpoints: [member.endpoint] }, { status: "healthy" });
    const config = `
gpu: { mode: off }
checks:
  etcd: { type: etcd, endpoints: ["${member.endpoint}"], interval: 200ms, timeout: 200ms, failureThreshold: 1 }
components: { store: { critical: [etcd] } }
`;
    const server = await startServingServer({ config });
    const watcher = new Watcher(server.grpc, "store");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await member.kill();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
    await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain("connection_refused"));
    member.restart();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
  });

  it("lives through the loss of a member, and not of a majority", async () => {
    const members = await startEtcd(3);
    const [first, second, third] = members;
    if (first === undefined || second === undefined || third === undefined) throw new Error("no members");
    const all = { endpoints: endpointsOf(members) };
    const well = await until(all, { status: "healthy", metadata: { members: "3 of 3" } });
    expect(well.metadata).toMatchObject({ version: expect.stringMatching(/^3\./), leader: expect.any(String) });
    expect(well.readings).toMatchObject({
      wellMembers: { ok: true, value: 3 },
      databaseQuotaBytes: { ok: true, value: 2 * 2 ** 30 },
    });

    third.freeze();
    const frozen = await until(all, { status: "degraded", reason: "member_unreachable" });
    expect(frozen.message).toMatch(new RegExp(`2 of 3 members are well: .*${third.address}.*connected, but no answer`));
    third.thaw();
    await until(all, { status: "healthy" });

    await third.kill();
    const killed = await until(all, { status: "degraded", reason: "member_unreachable" });
    expect(killed.message).toMatch(new RegExp(`${third.address}.*the connection was refused`));
    expect(killed.readings).toMatchObject({ wellMembers: { ok: true, value: 2 } });

    await second.kill();
    const lost = await until(all, { status: "unhealthy", reason: "no_leader" });
    expect(lost.message).toContain(`${first.address} knows no leader`);
    expect(lost.remedy).toContain("majority");
    expect(await ask({ endpoints: [first.endpoint] })).toMatchObject({ status: "unhealthy", reason: "no_leader" });

    second.restart();
    await until(all, { status: "degraded", reason: "member_unreachable" });
    third.restart();
    await until(all, { status: "healthy" });
  });

  it("takes no writes once its quota is used up, until the alarm is disarmed", async () => {
    const [member] = await startEtcd(1, { flags: ["--quota-backend-bytes", "1000000"] });
    if (member === undefined) throw new Error("no member");
    const options = { endpoints: [member.endpoint], maxDatabaseUsed: "30%" };
    await until(options, { status: "healthy" });
    const value = Buffer.alloc(200_000).toString("base64");
    const put = (key: string) => member.call("/v3/kv/put", { key: Buffer.from(key).toString("base64"), value });
    await put("a");
    await put("b");
    const full = await until(options, { status: "degraded", reason: "database_nearly_full" });
    expect(full.message).toMatch(/% of the database's quota used \(0\.\d MiB of 1 MiB\), 30 % allowed/);

    await expect(fill(put)).rejects.toThrow("database space exceeded");
    const alarmed = await until(options, { status: "unhealthy", reason: "alarm_no_space" });
    expect(alarmed.message).toContain(`etcd at ${member.address} has raised NOSPACE and takes no writes`);
    expect(alarmed.remedy).toContain("etcdctl alarm disarm");
    const { alarms } = JSON.parse(await member.call("/v3/maintenance/alarm", { action: "GET" })) as {
      alarms: object[];
    };
    for (const alarm of alarms) await member.call("/v3/maintenance/alarm", { action: "DEACTIVATE", ...alarm });
    await until(options, { status: "degraded", reason: "database_nearly_full" });

    await member.call("/v3/maintenance/alarm", { action: "ACTIVATE", alarm: "CORRUPT" });
    await until(options, { status: "unhealthy", reason: "alarm_corrupt" });
  });

  it("refuses a wrong password, and goes on with a token until etcd forgets it", async () => {
    const [member] = await startEtcd(1);
    if (member === undefined) throw new Error("no member");
    const asUser = (password: string) => ({ endpoints: [member.endpoint], username: "reader", password });
    // Authentication that is not on asks nobody.
    await until(asUser("anything"), { status: "healthy" });
    await member.call("/v3/auth/user/add", { name: "root", password: "of-root" });
    await member.call("/v3/auth/user/grant", { user: "root", role: "root" });
    await member.call("/v3/auth/user/add", { name: "reader", password: "pass-1234" });
    await member.call("/v3/auth/enable", {});

    const refused = await ask(asUser("wrong-5678"));
    expect(refused).toMatchObject({ status: "unhealthy", reason: "authentication_failed" });
    expect(refused.message).toContain("refused user reader: etcdserver: authentication failed");
    expect(JSON.stringify(refused)).not.toContain("wrong-5678");

    const check = createCheck("etcd", asUser("pass-1234"));
    expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    await member.kill();
    expect(await runOnce(check)).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
    member.restart();
    // The token was in the memory of the process that is gone.
    await eventually(async () => expect(await runOnce(check)).toMatchObject({ status: "healthy" }));
  });

  it("is trusted by its certificate, and asks for one", async () => {
    const authority = certificates.authority("etcd-authority");
    const ofServer = certificates.issue({ name: "etcd-server", issuer: authority });
    const ofClient = certificates.issue({ name: "etcd-client", issuer: authority });
    const [member] = await startEtcd(1, {
      scheme: "https",
      flags: [
        ...["--cert-file", ofServer.cert, "--key-file", ofServer.key],
        ...["--client-cert-auth", "--trusted-ca-file", authority.cert],
      ],
    });
    if (member === undefined) throw new Error("no member");
    const endpoints = [member.endpoint];
    const ca = authority.cert;
    await until({ endpoints, tls: { ca, cert: ofClient.cert, key: ofClient.key } }, { status: "healthy" });
    expect(await ask({ endpoints })).toMatchObject({ status: "unhealthy", reason: "certificate_untrusted" });
    const anonymous = await ask({ endpoints, tls: { ca } });
    expect(anonymous.status).toBe("unhealthy");
    expect(anonymous.message).toContain(member.address);
  });

  it("says where nobody answers", async () => {
    const refusing = `http://${(await refusingAddress()).address}`;
    const refused = await ask({ endpoints: [refusing] });
    expect(refused).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
    expect(refused.message).toMatch(new RegExp(`^etcd: ${refusing}/v3/maintenance/status: the connection was refused`));

    const silent = `http://${(await silentServer()).address}`;
    const deadline = new AbortController();
    const running = runOnce(createCheck("etcd", { endpoints: [silent] }), deadline.signal);
    deadline.abort();
    expect(await running).toMatchObject({ status: "unhealthy", reason: "timeout" });
  });
});

async function fill(put: (key: string) => Promise<string>): Promise<never> {
  for (let key = 0; ; key += 1) await put(`key-${key}`);
}
