import { describe, expect, it } from "vitest";
import type { DetailsOptions } from "../../../src/outputs/http/details.js";
import { lowMemory } from "../../support/gpu-registry.js";
import { httpApp, loadedConfiguration, simulatedLibrary } from "./app.js";

const token = "pässword-of-the-scraper";
const bearing = (text: string) => ({ headers: { authorization: `Bearer ${Buffer.from(text).toString("latin1")}` } });

function app(details: DetailsOptions) {
  const made = httpApp(simulatedLibrary, loadedConfiguration, details);
  made.gpus.publishGpus(lowMemory);
  made.gpus.publish("event-loop", { status: "unhealthy", reason: "event_loop_late", message: "3 s late" });
  return made;
}

const detailed = ["/", "/health", "/metrics"];
const secretWords = /insufficient_gpu_memory|GiB|event_loop_late|3 s late/;

describe("details for some networks", () => {
  const { get } = app({ allow: ["10.0.0.0/8"] });

  it.each(detailed)("%s is theirs only", async (path) => {
    expect((await get(path)).status).not.toBe(403);
    const refused = await get(path, { from: "11.0.0.1" });
    expect(refused.status).toBe(403);
    expect(await refused.text()).not.toMatch(secretWords);
  });

  it.each(["/readyz", "/livez"])("%s says its status to everybody, and why to them", async (path) => {
    const [full, bare] = [await get(path), await get(path, { from: "11.0.0.1" })];
    expect([full.status, bare.status]).toEqual([503, 503]);
    expect(await full.text()).toMatch(secretWords);
    expect(await bare.text()).toMatch(/^(\{\s*"status": "not_ready"\s*\}\s*|not ok)$/);
  });

  it("are for whoever comes through a Unix socket", async () => {
    const open = app({ allow: ["10.0.0.0/8"] });
    expect((await open.app.request("/health", {}, { peer: { address: undefined, listener: "unix:/a" } })).status).toBe(
      503,
    );
  });
});

describe("details for a token", () => {
  it("need it, whole", async () => {
    const { get } = app({ readToken: async () => token });
    expect((await get("/metrics", bearing(token))).status).toBe(200);
    for (const other of ["", "x", `${token}x`, token.slice(1)]) {
      const refused = await get("/metrics", bearing(other));
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toMatch(/^Bearer /);
    }
    expect((await get("/metrics", { headers: { authorization: `Basic ${token.slice(1)}` } })).status).toBe(401);
  });

  it("follow a token that changes, and are for nobody while it cannot be read", async () => {
    let read = async (): Promise<string> => "first";
    const { get, errors } = app({ readToken: () => read() });
    expect((await get("/health", bearing("first"))).status).toBe(503);
    read = async () => "second";
    expect((await get("/health", bearing("first"))).status).toBe(401);
    expect((await get("/health", bearing("second"))).status).toBe(503);
    read = async () => {
      throw new Error("ENOENT");
    };
    expect((await get("/health", bearing("second"))).status).toBe(401);
    expect((await get("/readyz", bearing("second"))).status).toBe(503);
    expect(errors).toHaveLength(2);
  });

  it("are for the networks without it, where both are given", async () => {
    const { get } = app({ allow: ["10.0.0.1"], readToken: async () => token });
    expect((await get("/metrics")).status).toBe(200);
    expect((await get("/metrics", { from: "10.0.0.2" })).status).toBe(401);
    expect((await get("/metrics", { from: "10.0.0.2", ...bearing(token) })).status).toBe(200);
  });
});
