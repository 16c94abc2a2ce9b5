// One GPU's driver call never returns: event loop and answers beside a server that has no NVML at all.

import { fileURLToPath } from "node:url";
import { check, warmUp } from "../harness/load.mjs";
import { shuffled } from "../harness/statistics.mjs";
import { noMoreThanMetric } from "../harness/targets.mjs";
import { drill, eightGpus, startGpuHealth } from "../peers/gpu-health.mjs";
import { ourName } from "../peers/index.mjs";

const sizes = { full: { rounds: 5, seconds: 8 }, quick: { rounds: 2, seconds: 4 } };
const perSecond = 500;
const connections = 4;
/** Stays SERVING in both cases, while "" rightly turns NOT_SERVING for the GPU that hangs. */
const service = "liveness";
const withoutNvml = fileURLToPath(new URL("without-nvml.yaml", import.meta.url));
const loopDelay = fileURLToPath(new URL("../harness/loop-delay.mjs", import.meta.url));

export const hang = {
  name: "hang",
  title: "NVML hanging against NVML off",
  peers: [ourName],
  rounds: (size) => sizes[size].rounds,
  metrics: {
    offLoopMs: { label: "loop delay p99, off, ms", digits: 2 },
    hangLoopMs: { label: "loop delay p99, hang, ms", digits: 2, target: noMoreThanMetric("offLoopMs", 1) },
    offCheckMs: { label: "Check p99, off, ms", digits: 2 },
    hangCheckMs: { label: "Check p99, hang, ms", digits: 2, target: noMoreThanMetric("offCheckMs", 1) },
  },

  async measure(_peer, size) {
    const { seconds } = sizes[size];
    const measured = {};
    for (const measureOne of shuffled([measureOff, measureHang])) {
      Object.assign(measured, await measureOne(seconds));
    }
    return measured;
  },
};

async function measureOff(seconds) {
  const server = await startGpuHealth(["--config", withoutNvml], loopDelay);
  try {
    const { loopMs, checkMs } = await underLoad(server, seconds);
    return { offLoopMs: loopMs, offCheckMs: checkMs };
  } finally {
    await server.stop();
  }
}

async function measureHang(seconds) {
  const server = await startGpuHealth(eightGpus, loopDelay);
  try {
    await drill(server, { kind: "hang", gpu: 5, function: "*" });
    const { loopMs, checkMs } = await underLoad(server, seconds);
    return { hangLoopMs: loopMs, hangCheckMs: checkMs };
  } finally {
    await server.stop();
  }
}

/** The server's event-loop delay and the client's latency over the same calls. */
async function underLoad(server, seconds) {
  await warmUp(server, { calls: 5_000, connections, inFlight: 4, service });
  await server.child.ask("reset");
  const latency = await check(server, { calls: seconds * perSecond, connections, perSecond, service });
  const { p99Ms } = await server.child.ask("read");
  return { loopMs: p99Ms, checkMs: latency.p99Ns / 1e6 };
}
