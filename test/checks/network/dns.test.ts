import { afterEach, describe, expect, it } from "vitest";
import { a, aaaa, type DnsAnswer, DnsServer, domain, mx, responseCodes, srv, txt } from "../../support/dns-server.js";
import { createCheck, runOnce } from "../../support/run-check.js";

const servers: DnsServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serve(answer: DnsAnswer | ((name: string, type: string | undefined) => DnsAnswer)): Promise<DnsServer> {
  const server = await new DnsServer(typeof answer === "function" ? answer : () => answer).listen();
  servers.push(server);
  return server;
}

const check = (server: string, options: Record<string, unknown> = {}, signal?: AbortSignal) =>
  runOnce(createCheck("dns", { name: "db.example", server, ...options }), signal);

describe("dns check", () => {
  it("is healthy where the name has an address", async () => {
    const asked: unknown[] = [];
    const { address } = await serve((name, type) => {
      asked.push([name, type]);
      return [a("10.0.0.2"), a("10.0.0.1")];
    });
    const result = await check(address);
    expect(result).toMatchObject({
      status: "healthy",
      readings: { lookupSeconds: { ok: true }, answers: { ok: true, value: 2 } },
      metadata: { answers: "10.0.0.1, 10.0.0.2", servers: address },
    });
    expect(result.message).toMatch(
      new RegExp(`^${address} has db\\.example \\(A\\) as 10\\.0\\.0\\.1, 10\\.0\\.0\\.2, answered in [0-9.]+ ms$`),
    );
    expect(asked).toEqual([["db.example", "A"]]);
  });

  it.each([
    ["AAAA", aaaa([0xfd00, 0, 0, 0, 0, 0, 0, 1]), "FD00:0::0001"],
    ["CNAME", domain("other.example"), "Other.example."],
    ["NS", domain("ns.example"), "ns.example"],
    ["PTR", domain("host.example"), "host.example"],
    ["MX", mx(10, "mail.example"), "mail.example 10"],
    ["SRV", srv(5432, "db1.example"), "DB1.example.:5432"],
    ["TXT", txt("v=spf1 ", "-all"), "v=spf1 -all"],
  ])("compares %s", async (record, data, expected) => {
    const { address } = await serve([data]);
    expect(await check(address, { record, expect: { answers: [expected] } })).toMatchObject({ status: "healthy" });
    expect(await check(address, { record, expect: { answers: ["other"] } })).toMatchObject({
      status: "unhealthy",
      reason: "answers_missing",
    });
  });

  it("says which answers are missing, and that there are too few", async () => {
    const { address } = await serve([a("10.0.0.1")]);
    expect(await check(address, { expect: { answers: ["10.0.0.1", "10.0.0.9"] } })).toMatchObject({
      status: "unhealthy",
      reason: "answers_missing",
      message: `${address} has db.example (A) as 10.0.0.1, without 10.0.0.9`,
    });
    expect(await check(address, { expect: { minAnswers: 3 } })).toMatchObject({
      status: "unhealthy",
      reason: "too_few_answers",
      message: `${address} has db.example (A) as 10.0.0.1: 1 of at least 3`,
    });
  });

  it.each([
    ["name_not_found", responseCodes.nameNotFound, "knows no such name"],
    ["server_error", responseCodes.serverFailed, "says that it failed"],
    ["query_refused", responseCodes.refused, "refuses to answer"],
    ["no_records", responseCodes.ok, "has no such record"],
  ] as const)("is unhealthy: %s", async (reason, answer, what) => {
    const { address } = await serve(answer);
    const result = await check(address);
    expect(result).toMatchObject({ status: "unhealthy", reason });
    expect(result.message).toContain(what);
    expect(result.message).toMatch(new RegExp(`^${address} .*, asked for db\\.example \\(A\\), after [0-9.]+ ms$`));
    expect(result.remedy).not.toBe("");
  });

  it("ends at the deadline, and asks no more", async () => {
    const deadline = new AbortController();
    const server = await serve(() => {
      deadline.abort();
      return "silence";
    });
    const result = await check(server.address, {}, deadline.signal);
    expect(result).toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(result.message).toMatch(new RegExp(`^${server.address}: no answer for db\\.example \\(A\\) after `));
    expect(server.queries).toBe(1);
    expect((await check(server.address, {}, AbortSignal.abort())).reason).toBe("timeout");
  });

  it("names a server that is not there", async () => {
    const server = await serve("silence");
    await server.close();
    servers.splice(0);
    expect(await check(server.address)).toMatchObject({ status: "unhealthy", reason: "server_unreachable" });
  });

  it("asks the servers of this machine where none is given", async () => {
    const deadline = new AbortController();
    const running = runOnce(createCheck("dns", { name: "localhost.invalid" }), deadline.signal);
    deadline.abort();
    expect(await running).toMatchObject({ status: "unhealthy" });
  });

  it.each(["dns.example", "10.0.0.1:0", "10.0.0.1:99999", "unix:/a", ""])("refuses the server %j", (server) =>
    expect(() => createCheck("dns", { name: "a", server })).toThrow("expected an IP address"),
  );

  it.each(["10.0.0.1", "10.0.0.1:5353", "::1", "[::1]:53"])("takes the server %s", (server) =>
    expect(() => createCheck("dns", { name: "a", server })).not.toThrow(),
  );
});
