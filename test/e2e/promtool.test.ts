import { expect, it } from "vitest";
import { fillFirstGpu, quickGpus } from "./support/configurations.js";
import { eventually } from "./support/eventually.js";
import { get } from "./support/http.js";
import { run } from "./support/processes.js";
import { startServingServer } from "./support/program.js";
import { describeWith, toolPath } from "./support/tools.js";

describeWith(["promtool"], "promtool check metrics", () => {
  it("has nothing to say about /metrics, in health and in a fault", async () => {
    const server = await startServingServer({ config: quickGpus, simulate: "h200x2" });
    await expectClean((await get(server.http, "/metrics")).text);

    await server.drill(...fillFirstGpu);
    await eventually(async () => expect((await get(server.http, "/readyz")).status).toBe(503));
    await expectClean((await get(server.http, "/metrics")).text);
  });

  it("would say something about metrics that break the rules", async () => {
    const outcome = await run(toolPath("promtool"), ["check", "metrics"], { input: "gpuTemperature_milliseconds 1\n" });
    expect(outcome.code).not.toBe(0);
  });
});

async function expectClean(metrics: string): Promise<void> {
  expect(metrics).toMatch(/^gpu_health_\w+/m);
  const outcome = await run(toolPath("promtool"), ["check", "metrics"], { input: metrics });
  expect({ code: outcome.code, said: outcome.stdout + outcome.stderr }).toEqual({ code: 0, said: "" });
}
