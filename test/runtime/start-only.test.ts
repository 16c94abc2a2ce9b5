import { expect, it } from "vitest";
import { defaultConfiguration } from "../../src/config/defaults.js";
import { startOnlyChanges } from "../../src/runtime/start-only.js";

const running = defaultConfiguration();

it("names options as the file spells them, and none that changes while the server runs", () => {
  const next = {
    ...running,
    grpc: { ...running.grpc, maxWatchers: 5 },
    gpu: {
      ...running.gpu,
      intervalMs: 7,
      library: "/opt/libnvidia-ml.so.1",
      faults: { xid_31: { severity: "ignore" } },
      detection: { ...running.gpu.detection, slowdownShare: 0.5 },
    },
    drain: { delayMs: 1, deadlineMs: 2 },
    reload: { watch: false, intervalMs: 1 },
    log: { level: "error" },
    checks: [],
    components: [],
  } as const;
  expect(startOnlyChanges(running, next)).toEqual(["grpc.maxWatchers", "gpu.interval", "gpu.library"]);
  expect(startOnlyChanges(next, running)).toEqual(["grpc.maxWatchers", "gpu.interval", "gpu.library"]);
});
