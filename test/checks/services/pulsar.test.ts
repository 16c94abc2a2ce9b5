import { describe, expect, it } from "vitest";
import { createCheck, runOnce } from "../../support/run-check.js";
import { type Routes, WireServer } from "../../support/wire-server.js";

const topic = "persistent://public/default/requests";
const health = "GET /admin/v2/brokers/health";
const lookup = "GET /lookup/v2/topic/persistent/public/default/requests";
const owner = {
  brokerUrl: "pulsar://broker-1:6650",
  httpUrl: "http://broker-1:8080",
  nativeUrl: "pulsar://broker-1:6650",
};
const token = "eyJ-the-token";

/** As Pulsar's admin API is documented to answer. */
const well: Routes = { [health]: { body: "ok" }, [lookup]: { body: owner } };

describe("pulsar check", () => {
  const start = async (routes: Routes, options: object = { topic }) => {
    const server = new WireServer(routes);
    const url = await server.listen();
    return { server, ask: () => runOnce(createCheck("pulsar", { url, ...options })) };
  };

  it("asks for the broker's health and for the owner of a topic", async () => {
    const { server, ask } = await start(well, { topic, auth: { bearer: token } });
    const result = await ask();
    expect(result).toMatchObject({
      status: "healthy",
      readings: { healthSeconds: { ok: true }, lookupSeconds: { ok: true } },
      metadata: { broker: "pulsar://broker-1:6650" },
    });
    expect(result.message).toMatch(/brokers\/health answered ok in .*; pulsar:\/\/broker-1:6650 owns persistent:/);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${token}`, `Bearer ${token}`]);
  });

  it("asks for one of the two where that is enough", async () => {
    const { server, ask } = await start(well, { topic, brokerHealth: false });
    expect(await ask()).toMatchObject({ status: "healthy" });
    expect(server.count(health)).toBe(0);
    const alone = await start({ [health]: { body: "ok" } }, {});
    expect(await alone.ask()).toMatchObject({ status: "healthy", metadata: {} });
  });

  it.each([
    [{ [health]: { status: 500, body: { reason: "timed out" } } }, "broker_unhealthy", '500: {"reason":"timed out"}'],
    [{ [health]: { body: "starting" } }, "broker_unhealthy", "200: starting, expected 200: ok"],
    [{ [health]: { status: 401, body: "Unauthorized" } }, "authentication_failed", "401: Unauthorized"],
    [{ [health]: { status: 403, body: "superusers only" } }, "permission_denied", "403: superusers only"],
    [{ [lookup]: { status: 404, body: { reason: "Namespace not found" } } }, "namespace_not_found", "404"],
    [{ [lookup]: { status: 503, body: "" } }, "no_broker", "503"],
    [{ [lookup]: { status: 401, body: "" } }, "authentication_failed", "401"],
    [{ [lookup]: { status: 412, body: "" } }, "lookup_failed", "412"],
    [{ [lookup]: { body: {} } }, "lookup_failed", "200: {}"],
    [{ [lookup]: { status: 307, headers: { location: "file:///etc" }, body: "" } }, "invalid_redirect", "no http://"],
    [{ [lookup]: { status: 307, headers: { location: lookup.slice(4) }, body: "" } }, "too_many_redirects", "5 times"],
  ] satisfies readonly [Routes, string, string][])("%j: %s", async (routes, reason, said) => {
    const { ask } = await start({ ...well, ...routes });
    const result = await ask();
    expect(result).toMatchObject({ status: "unhealthy", reason, remedy: expect.any(String) });
    expect(result.message).toContain(said);
  });

  it("follows to the broker that decides, with the token", async () => {
    const leader = new WireServer(well);
    const location = `${await leader.listen()}${lookup.slice(4)}?authoritative=true`;
    leader.routes = { [`${lookup}?authoritative=true`]: { body: owner } };
    const redirecting: Routes = { ...well, [lookup]: { status: 307, headers: { location }, body: "" } };
    const { ask } = await start(redirecting, { topic, auth: { bearer: token } });
    expect(await ask()).toMatchObject({ status: "healthy" });
    expect(leader.seen[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it("tells nobody the token", async () => {
    const { ask } = await start({ [health]: { status: 500, body: `who is ${token}?` } }, { auth: { bearer: token } });
    const result = await ask();
    expect(result.message).toContain("who is …?");
    expect(JSON.stringify(result)).not.toContain(token);
  });

  it("recovers", async () => {
    const { server, ask } = await start({ ...well, [health]: { status: 500, body: "" } });
    expect(await ask()).toMatchObject({ status: "unhealthy", reason: "broker_unhealthy" });
    server.routes = well;
    expect(await ask()).toMatchObject({ status: "healthy" });
    await server.stop();
    expect(await ask()).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
  });

  it.each([
    [{ brokerHealth: false }, "nothing is left to ask"],
    [{ topic: "requests" }, "persistent://public/default/requests"],
  ])("%j is refused", (options, problem) => {
    expect(() => createCheck("pulsar", { url: "http://a:8080", ...options })).toThrow(problem);
  });
});
