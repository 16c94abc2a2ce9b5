import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ConfigurationState } from "../../../src/core/reload.js";
import type { Fault } from "../../../src/core/result.js";
import { elapsed } from "../../../src/outputs/http/page/format.js";
import { goodGpu, lowMemory } from "../../support/gpu-registry.js";
import { httpApp, loadedConfiguration, simulatedLibrary } from "./app.js";

const hostile = `<script>alert("x")</script>' onload=1 & \u001b[2J`;

describe("the status page", () => {
  it("shows the verdict, the reason and what to do", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus(lowMemory);
    const response = await get("/");
    const body = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(body).toContain("<title>Not ready · node-7</title>");
    expect(body).toContain("<code>insufficient_gpu_memory</code>: 0.3 GiB free on gpu/0, 2 GiB needed");
    expect(body).toContain("free GPU memory or lower minFreeMemory");
  });

  it.each([
    ["Ready", () => {}],
    ["Draining", ({ gpus }: ReturnType<typeof httpApp>) => gpus.registry.drain("kernel update")],
    ["Shutting down", ({ gpus }: ReturnType<typeof httpApp>) => gpus.registry.shutdown("SIGTERM")],
    [
      "Ready, but degraded",
      ({ gpus }: ReturnType<typeof httpApp>) =>
        gpus.publish("cache", { status: "degraded", reason: "slow", message: "slow" }),
    ],
    ["Not known yet", ({ gpus }: ReturnType<typeof httpApp>) => gpus.registry.forget("gpu")],
  ])("has the headline «%s»", async (headline, happen) => {
    const server = httpApp();
    server.gpus.publishGpus(goodGpu);
    happen(server);
    expect(await (await server.get("/")).text()).toContain(`<title>${headline} · node-7</title>`);
  });

  it("says that an older configuration is in force, and why, or what of the new one is not", async () => {
    const of = async (changes: Partial<ConfigurationState>) =>
      (await httpApp(simulatedLibrary, { ...loadedConfiguration, ...changes }).get("/")).text();
    expect(await of({})).not.toContain("onfiguration");
    const failed = await of({ lastReload: { ok: false, errors: [`a.yaml:1:1: ${hostile}`] } });
    expect(failed).toContain("The configuration of 2026-01-01T00:00:00.000Z is in force");
    expect(failed).toContain("<p>a.yaml:1:1: &lt;script&gt;");
    expect(await of({ restartNeeded: ["grpc.listen"] })).toContain(
      "Changes of grpc.listen take effect at the next start",
    );
  });

  it("says what a check is for, where to look, and what it fails for", async () => {
    const { gpus, get } = httpApp();
    const runbook = 'https://wiki.example/?a=1&b="><script>';
    gpus.define({ cache: { description: `holds ${hostile}`, runbook, dependsOn: ["gpu"] } });
    gpus.publishGpus(lowMemory);
    gpus.publish("cache", { status: "unhealthy", reason: "timeout", message: "no answer" });
    const body = await (await get("/")).text();
    expect(body).toContain("holds &lt;script&gt;");
    expect(body).toContain(
      '<a href="https://wiki.example/?a=1&amp;b=&quot;&gt;&lt;script&gt;" rel="noreferrer">runbook</a>',
    );
    expect(body).toContain("depends on gpu");
    expect(body).toContain("fails as a consequence of <code>gpu</code>");
  });

  it("shows each GPU with its readings, and a dash with the reason for one that is absent", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus({ ...goodGpu, readings: { ...goodGpu.readings, powerWatts: { ok: false, why: "lost" } } });
    const body = await (await get("/")).text();
    expect(body).toContain("79.5 GiB free of 80 GiB");
    expect(body).toContain("41 °C");
    expect(body).toContain('<span class="quiet" title="it could not be read">–</span>');
  });

  it("shows the faults that GPUs have, with what to do, and who holds the memory", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus(goodGpu);
    expect(await (await get("/")).text()).not.toMatch(/<h2>(Faults|Processes)/);
    const message = `gpu/0 has fallen off the bus ${hostile}`;
    const fault: Fault = { fault: "xid_79", severity: "fatal", message, remedy: "reboot it", sinceMs: 0, count: 3 };
    const labels = { pid: "4711", program: hostile, kind: "compute" };
    gpus.publishGpus({ ...goodGpu, faults: [fault], series: { processMemoryBytes: [{ labels, value: 2 ** 30 }] } });
    gpus.clock.advance(120_000);
    const body = await (await get("/")).text();
    expect(body).toMatch(/<h2>Faults[\s\S]*xid_79[\s\S]*fatal, 3 times[\s\S]*reboot it[\s\S]*2 min/);
    expect(body).toMatch(/<h2>Processes[\s\S]*4711[\s\S]*1 GiB/);
    expect(body).not.toContain("<script");
  });

  it("says loudly that GPUs are simulated, and nothing of it where they are real", async () => {
    expect(await (await httpApp().get("/")).text()).toContain("SIMULATED");
    const real = httpApp({ ...simulatedLibrary, simulated: false } as typeof simulatedLibrary);
    expect(await (await real.get("/")).text()).not.toContain("SIMULATED");
  });

  it("says why there are no GPUs and what to do", async () => {
    const { get } = httpApp({
      phase: "failed",
      path: "libnvidia-ml.so.1",
      reason: "nvml_library_not_found",
      message: "libnvidia-ml.so.1 was not found",
      remedy: "install the driver",
    });
    const body = await (await get("/")).text();
    expect(body).toContain("libnvidia-ml.so.1 was not found");
    expect(body).toContain("install the driver");
  });

  it("escapes everything that comes from checks and GPUs", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus({ ...lowMemory, reason: hostile, message: hostile, remedy: hostile });
    gpus.registry.drain(hostile);
    const body = await (await get("/")).text();
    expect(body).not.toContain("<script");
    expect(body).not.toMatch(/' onload/);
    expect(body).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39; onload=1 &amp;");
  });

  it("allows its own style sheet and nothing else, and needs nothing else", async () => {
    const response = await httpApp().get("/");
    const body = await response.text();
    const sheets = [...body.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, sheet]) => sheet ?? "");
    expect(sheets).toHaveLength(1);
    const hash = createHash("sha256").update(sheets.join("")).digest("base64");
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
    expect(body).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son[a-z]+=|https?:\/\//);
    expect(body).toContain('<meta http-equiv="refresh" content="5">');
  });
});

describe("elapsed", () => {
  it.each([
    [-5, "0 s"],
    [0, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [3_599_999, "59 min"],
    [3_600_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [86_400_000, "1 d"],
    [100_000_000, "1 d 3 h"],
  ])("%d ms: %s", (milliseconds, text) => {
    expect(elapsed(milliseconds)).toBe(text);
  });
});
