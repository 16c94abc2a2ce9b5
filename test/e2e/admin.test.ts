import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { get, request } from "./support/http.js";
import { type Server, startServingServer, temporaryFile } from "./support/program.js";
import { servingStatus } from "./support/raw-grpc.js";
import { Watcher } from "./support/watcher.js";

const { serving, notServing, serviceUnknown } = servingStatus;
const withoutGpus = "gpu: { mode: off }\n";

describe("a component that another program reports", () => {
  it("appears to its watchers, changes, and goes", async () => {
    const server = await startServingServer({ config: withoutGpus });
    const watcher = new Watcher(server.grpc, "my.Service");
    await eventually(() => expect(watcher.statuses).toEqual([serviceUnknown]));

    expect((await put(server, { status: "healthy" })).status).toBe(200);
    await eventually(() => expect(watcher.statuses).toEqual([serviceUnknown, serving]));
    expect((await put(server, { status: "unhealthy", reason: "queue_full" })).status).toBe(200);
    await eventually(() => expect(watcher.statuses).toEqual([serviceUnknown, serving, notServing]));
    expect((await request(server.admin, "DELETE", "/admin/components/my.Service")).status).toBe(200);
    await eventually(() => expect(watcher.statuses).toEqual([serviceUnknown, serving, notServing, serviceUnknown]));
  });

  it("may not be one that checks decide", async () => {
    const server = await startServingServer({ config: withoutGpus });
    const answer = await request(server.admin, "PUT", "/admin/components/readiness", { status: "healthy" });
    expect(answer.status).toBe(409);
  });
});

describe("reload", () => {
  it("takes a new configuration, and keeps the old one when the new one has errors", async () => {
    const file = temporaryFile("reloaded.yaml", withoutGpus);
    const server = await startServingServer({ configFile: file });
    const watcher = new Watcher(server.grpc, "new");
    await eventually(() => expect(watcher.statuses).toEqual([serviceUnknown]));

    writeFileSync(
      file,
      `${withoutGpus}checks: { loop: { type: event-loop } }\ncomponents: { new: { critical: [loop] } }\n`,
    );
    expect((await request(server.admin, "POST", "/admin/reload")).status).toBe(200);
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));

    writeFileSync(file, "components: { new: { critical: [lop] } }\n");
    const refused = await request(server.admin, "POST", "/admin/reload");
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/reloaded\.yaml:1:\d+: /);
    expect((await get(server.http, "/readyz")).status).toBe(200);
    expect(watcher.statuses.at(-1)).toBe(serving);
  });
});

const put = (server: Server, report: object) => request(server.admin, "PUT", "/admin/components/my.Service", report);
