import { beforeEach, describe, expect, it } from "vitest";
import { catalogue } from "../../src/checks/catalogue.js";
import type { CheckConfiguration, Configuration } from "../../src/config/configuration.js";
import { defaultCheck, defaultConfiguration } from "../../src/config/defaults.js";
import { EventLoopDelays } from "../../src/core/event-loop-delays.js";
import { Monitor, maxReports } from "../../src/runtime/monitor.js";
import { FakeGpus, gpuView, snapshot } from "../support/gpu.js";
import { ManualClock } from "../support/manual-clock.js";

const gpuCheck = (changes: Partial<CheckConfiguration> = {}): CheckConfiguration => ({
  ...defaultCheck("gpu", "gpu"),
  isImplicit: false,
  ...changes,
});
const inference = { name: "inference", critical: ["gpu"], optional: [] };

describe("Monitor", () => {
  let clock: ManualClock;
  let gpus: FakeGpus;

  beforeEach(() => {
    clock = new ManualClock();
    gpus = new FakeGpus();
  });

  function start(changes: Partial<Configuration> = {}): Monitor {
    const configuration = { ...defaultConfiguration(), checks: [gpuCheck()], components: [inference], ...changes };
    const monitor = new Monitor({
      configuration,
      checkTypes: catalogue,
      context: { clock, eventLoop: new EventLoopDelays(clock), gpus, gpuStallAfterMs: 5000 },
      onRun: () => {},
    });
    monitor.start();
    return monitor;
  }
  /** Lets runs in progress end: their time is the test's. */
  async function stop(monitor: Monitor): Promise<void> {
    const stopped = monitor.stop();
    clock.advance(5000);
    await stopped;
  }
  const statusOf = (monitor: Monitor, name: string) => monitor.registry.get(name)?.status;

  it("serves each GPU and what depends on it", async () => {
    gpus.views = [gpuView(), gpuView({ index: 1 })];
    const monitor = start();
    for (const name of ["inference", "gpu", "gpu/0", "gpu/1", "gpu/GPU-00000001"]) {
      expect([name, statusOf(monitor, name)]).toEqual([name, "healthy"]);
    }
    await stop(monitor);
  });

  it("finds a hang without any news from the driver", async () => {
    const monitor = start();
    gpus.views = [gpuView({ call: { function: "nvmlDeviceGetMemoryInfo_v2", startedAtMs: 0 } })];
    clock.advance(4900);
    expect(statusOf(monitor, "inference")).toBe("healthy");
    clock.advance(1100);
    expect(monitor.registry.get("inference")).toMatchObject({ status: "unhealthy", reason: "nvml_stalled" });
    gpus.views = [gpuView()];
    await stop(monitor);
  });

  it("counts each look at a GPU whose handle is refused, for which there is no newer snapshot", async () => {
    const monitor = start();
    for (const code of [999, 10]) {
      gpus.views = [gpuView({ handleError: { code, name: `NVML_ERROR_${code}` } })];
      gpus.announce();
      clock.advance(1100);
      expect(monitor.registry.get("inference")).toMatchObject({ status: "unhealthy" });
      gpus.views = [gpuView({ snapshot: snapshot({ sampledAtMs: clock.nowMs() }) })];
      gpus.announce();
      expect(statusOf(monitor, "inference")).toBe("healthy");
    }
    await stop(monitor);
  });

  it("says what is missing where a component needs GPUs and there is no library", async () => {
    gpus.views = [];
    gpus.state = {
      phase: "failed",
      path: "libnvidia-ml.so.1",
      reason: "nvml_library_not_found",
      message: "libnvidia-ml.so.1 was not found",
      remedy: "install the driver",
    };
    const monitor = start();
    expect(monitor.registry.get("inference")).toMatchObject({
      status: "unhealthy",
      reason: "nvml_library_not_found",
      remedy: "install the driver",
    });
    await stop(monitor);
  });

  it("drops the default GPU check once it is known that there is no library", async () => {
    gpus.views = [];
    gpus.state = { phase: "opening", path: "libnvidia-ml.so.1" };
    const monitor = start({ checks: [defaultCheck("gpu", "gpu")], components: [] });
    expect(statusOf(monitor, "readiness")).toBe("unknown");
    expect(statusOf(monitor, "gpu")).toBe("unknown");
    gpus.state = { phase: "failed", path: "x", reason: "nvml_library_not_found", message: "", remedy: "" };
    gpus.announce();
    expect(statusOf(monitor, "readiness")).toBe("healthy");
    expect(statusOf(monitor, "gpu")).toBeUndefined();
    await stop(monitor);
  });

  it("takes a new configuration and keeps the state of what did not change", async () => {
    const monitor = start();
    const since = monitor.registry.get("gpu/0")?.sinceWallMs;
    const heard: unknown[] = [];
    monitor.registry.watch("gpu/0", (serving) => heard.push(serving));
    clock.advance(1500);
    monitor.reconfigure({
      ...defaultConfiguration(),
      checks: [gpuCheck()],
      components: [{ ...inference, name: "embedding" }],
    });
    expect(statusOf(monitor, "inference")).toBeUndefined();
    expect(statusOf(monitor, "embedding")).toBe("healthy");
    expect(monitor.registry.get("gpu/0")?.sinceWallMs).toBe(since);
    expect(heard).toEqual([]);
    await stop(monitor);
  });

  it("runs a changed check at once: until it answers, what it said before is served", async () => {
    const monitor = start();
    const delayed = { ...gpuCheck().schedule, initialDelayMs: 3_600_000 };
    gpus.views = [gpuView({ handleError: { code: 15, name: "NVML_ERROR_GPU_IS_LOST" } })];
    monitor.reconfigure({ ...defaultConfiguration(), checks: [gpuCheck({ schedule: delayed })], components: [] });
    expect(statusOf(monitor, "gpu/0")).toBe("unhealthy");
    await stop(monitor);
  });

  it("serves on while a critical check that a reload brought has not answered, up to that check's deadline", async () => {
    const monitor = start();
    const heard: unknown[] = [];
    for (const name of ["inference", "readiness"])
      monitor.registry.watch(name, (serving) => heard.push([name, serving]));
    const sleep = gpuCheck({
      name: "sleep",
      type: "exec",
      options: { command: ["sleep", "60"], env: {} },
      schedule: { ...gpuCheck().schedule, timeoutMs: 2000, initialDelayMs: 600_000 },
    });
    monitor.reconfigure({
      ...defaultConfiguration(),
      checks: [gpuCheck(), sleep],
      components: [{ ...inference, critical: ["gpu", "sleep"] }],
    });
    clock.advance(1999);
    expect([statusOf(monitor, "inference"), heard]).toEqual(["healthy", []]);
    clock.advance(1);
    await expect
      .poll(() => monitor.registry.get("inference"))
      .toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(heard).toContainEqual(["readiness", "NOT_SERVING"]);
    await stop(monitor);
  });

  it("lets checks decide a component that was reported and is configured now", async () => {
    const monitor = start();
    monitor.report("embedding", { status: "unhealthy", reason: "queue_full", message: "" });
    monitor.reconfigure({
      ...defaultConfiguration(),
      checks: [gpuCheck()],
      components: [{ ...inference, name: "embedding" }],
    });
    const heard: unknown[] = [];
    monitor.registry.watch("embedding", (serving) => heard.push(serving));
    clock.advance(3000);
    expect([statusOf(monitor, "embedding"), heard]).toEqual(["healthy", []]);
    expect(monitor.withdraw("embedding")).toBe(false);
    await stop(monitor);
  });

  describe("with a heartbeat", () => {
    const { schedule } = defaultCheck("memory", "memory");
    const heartbeatCheck = (ttl = 10_000): CheckConfiguration => ({
      ...gpuCheck(),
      name: "engine",
      type: "heartbeat",
      options: { ttl },
      schedule: { ...schedule, failureThreshold: 1 },
    });
    const configuration = (ttl?: number) => ({
      ...defaultConfiguration(),
      checks: [heartbeatCheck(ttl)],
      components: [{ name: "engine", critical: ["engine"], optional: [] }],
    });
    const loaded = { status: "healthy", reason: "ok", message: "loaded" } as const;

    it("hands reports to the check that waits for them", async () => {
      const monitor = start(configuration());
      expect(statusOf(monitor, "engine")).toBe("unknown");
      expect(monitor.receive("engine", loaded)).toBe(true);
      expect(monitor.registry.get("engine")).toMatchObject({ status: "healthy" });
      clock.advance(10_000);
      expect(monitor.registry.get("engine")).toMatchObject({ status: "unhealthy", reason: "heartbeat_expired" });
      expect([monitor.receive("other", loaded), monitor.receiverNames]).toEqual([false, ["engine"]]);
      await stop(monitor);
    });

    it("knows the last report still after a reload that leaves the check as it is", async () => {
      const monitor = start(configuration());
      monitor.receive("engine", loaded);
      clock.advance(9000);
      monitor.reconfigure(configuration());
      expect(statusOf(monitor, "engine")).toBe("healthy");
      clock.advance(1000);
      expect(statusOf(monitor, "engine")).toBe("unhealthy");
      await stop(monitor);
    });

    it("turns no traffic away where a reload changes the check, until a report is overdue", async () => {
      const monitor = start(configuration());
      monitor.receive("engine", loaded);
      const heard: unknown[] = [];
      monitor.registry.watch("engine", (serving) => heard.push(serving));
      monitor.reconfigure(configuration(20_000));
      clock.advance(19_999);
      expect([statusOf(monitor, "engine"), heard]).toEqual(["healthy", []]);
      clock.advance(1);
      expect([monitor.registry.get("engine")?.reason, heard]).toEqual(["heartbeat_missing", ["NOT_SERVING"]]);
      await stop(monitor);
    });

    it("takes no more reports for a check that is gone", async () => {
      const monitor = start(configuration());
      monitor.reconfigure({ ...defaultConfiguration(), checks: [gpuCheck()] });
      expect([monitor.receive("engine", loaded), monitor.receiverNames]).toEqual([false, []]);
      await stop(monitor);
    });
  });

  it("serves what somebody else reports, until it expires or is taken back", async () => {
    const monitor = start();
    const report = { status: "unhealthy", reason: "model_loading", message: "12 of 40 shards", ttlMs: 5000 } as const;
    expect(monitor.report("tokenizer", report)).toBe("accepted");
    expect(monitor.registry.get("tokenizer")).toMatchObject({ status: "unhealthy", reason: "model_loading" });
    monitor.report("tokenizer", { ...report, status: "healthy", reason: "ok" });
    expect(statusOf(monitor, "tokenizer")).toBe("healthy");
    clock.advance(6000);
    expect(monitor.registry.get("tokenizer")).toMatchObject({ status: "unhealthy", reason: "report_expired" });
    expect(monitor.withdraw("tokenizer")).toBe(true);
    expect(statusOf(monitor, "tokenizer")).toBeUndefined();
    expect(monitor.withdraw("tokenizer")).toBe(false);
    await stop(monitor);
  });

  it.each(["inference", "readiness", "gpu/0", "gpu/7"])("does not let a report take the name %s", async (name) => {
    const monitor = start();
    expect(monitor.report(name, { status: "healthy", reason: "ok", message: "" })).toBe("name_taken");
    await stop(monitor);
  });

  it("takes so many reports and no more, until some are taken back", async () => {
    const monitor = start();
    const report = { status: "healthy", reason: "ok", message: "" } as const;
    const outcomes = Array.from({ length: maxReports + 1 }, (_, index) => monitor.report(`part-${index}`, report));
    expect(outcomes.filter((outcome) => outcome === "accepted")).toHaveLength(maxReports);
    expect(outcomes.at(-1)).toBe("too_many");
    expect(monitor.report("part-0", report)).toBe("accepted");
    monitor.withdraw("part-0");
    expect(monitor.report("another", report)).toBe("accepted");
    await stop(monitor);
  });

  it("keeps the name gpu for GPUs where there are none", async () => {
    gpus.views = [];
    gpus.state = { phase: "off" };
    const monitor = start({ checks: [], components: [] });
    expect(statusOf(monitor, "gpu")).toBeUndefined();
    expect(monitor.report("gpu", { status: "healthy", reason: "ok", message: "" })).toBe("name_taken");
    await stop(monitor);
  });
});
