import { expect, it } from "vitest";
import { fillFirstGpu } from "./support/configurations.js";
import { eventually } from "./support/eventually.js";
import { get } from "./support/http.js";
import { grpcHealthProbe, ourCheck, patience } from "./support/probes.js";
import { type Server, startServingServer } from "./support/program.js";
import { describeWith } from "./support/tools.js";

const reason = "insufficient_gpu_memory";

/** The exit codes of both probes, which must be the same. */
async function probe(server: Server): Promise<number | null> {
  const theirs = await grpcHealthProbe([...patience, "-addr", server.grpc]);
  const ours = await ourCheck([...patience, server.grpc]);
  expect({ ours: ours.code }, ours.stderr).toEqual({ ours: theirs.code });
  return theirs.code;
}

describeWith(["grpc_health_probe"], "the README's story, on the defaults", () => {
  it("fills a GPU: probes turn from 0 to 4 with the reason everywhere, and back after the reset", async () => {
    const server = await startServingServer({ simulate: "h200x2" });
    expect(await probe(server)).toBe(0);

    await server.drill(...fillFirstGpu);
    await eventually(async () => expect(await probe(server)).toBe(4));
    await expectReasonEverywhere(server);

    await server.drill("reset");
    await eventually(async () => expect(await probe(server)).toBe(0));
    expect((await get(server.http, "/readyz")).status).toBe(200);
  });
});

async function expectReasonEverywhere(server: Server): Promise<void> {
  const readyz = await get(server.http, "/readyz");
  expect(readyz.status).toBe(503);
  expect(JSON.parse(readyz.text)).toMatchObject({
    status: "not_ready",
    reason: expect.stringContaining(`${reason}: 0.3 GiB free on gpu/0, 0.5 GiB needed`),
  });
  await eventually(() =>
    expect(server.log()).toContainEqual(expect.objectContaining({ component: "readiness", reason })),
  );
  expect((await get(server.http, "/metrics")).text).toMatch(new RegExp(`^gpu_health_\\w+{.*${reason}.*} 1$`, "m"));
  expect((await get(server.http, "/health")).text).toContain(reason);
  expect((await get(server.http, "/")).text).toContain(reason);
}
