import type { Fault } from "../../../src/core/result.js";
import type { Known } from "../../../src/live/known.js";
import type { LiveStatus } from "../../../src/live/state.js";
import { httpApp } from "../../outputs/http/app.js";
import { goodGpu, gpuReadings, lowMemory } from "../../support/gpu-registry.js";

const fault: Fault = {
  fault: "xid_79",
  severity: "fatal",
  message: "gpu/1 has fallen off the bus",
  remedy: "reboot the node",
  sinceMs: 0,
  count: 3,
};

/** What a server with two GPUs says: one is full and held by a process, the other has a fault and tells nothing. */
export function statusOfTwoGpus(): LiveStatus {
  const { gpus, feed } = httpApp();
  gpus.publishGpus(goodGpu, goodGpu);
  gpus.clock.advance(60_000);
  const labels = { pid: "4711", program: "vllm", kind: "compute" };
  gpus.publishGpus(
    { ...lowMemory, series: { processMemoryBytes: [{ labels, value: 79 * 2 ** 30 }] } },
    {
      status: "unhealthy",
      reason: "xid_79",
      message: fault.message,
      remedy: fault.remedy,
      readings: {},
      faults: [fault],
    },
  );
  gpus.publish("cache", { status: "degraded", reason: "slow", message: "180 ms, 50 ms allowed" });
  gpus.clock.advance(4000);
  return JSON.parse(JSON.stringify(feed.status()));
}

/** The same of one sound GPU. */
export function statusOfSoundGpu(): LiveStatus {
  const { gpus, feed } = httpApp();
  gpus.publishGpus({ ...goodGpu, readings: gpuReadings });
  gpus.publish("event-loop", { status: "healthy", reason: "ok", message: "1 ms late" });
  gpus.clock.advance(4000);
  return JSON.parse(JSON.stringify(feed.status()));
}

export const lostSince = (status: LiveStatus, lastNewsMs: number): Known => ({
  status,
  lost: { problem: "nobody listens there", lastNewsMs },
});
