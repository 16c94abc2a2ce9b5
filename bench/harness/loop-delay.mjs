// Loaded into the server with --import: measures its event loop's delay and tells it over the IPC channel.

import { monitorEventLoopDelay } from "node:perf_hooks";

const resolutionMs = 10;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();

process.on("message", (question) => {
  if (question === "reset") {
    delay.reset();
  }
  // The histogram holds the time between two ticks of a timer; what is over its period is the delay.
  process.send({ p99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs) });
});
// The channel must not keep a server alive that has been told to stop.
process.channel.unref();
