// A server under test: started on its core, ready, and able to change what it serves.

import { Child } from "./child.mjs";
import { monotonicNs, serverCpu } from "./proc.mjs";

/**
 * Starts a server and waits for its ready line, {"event":"ready","grpc":["HOST:PORT"]}.
 *
 * `stopServing` makes "" NOT_SERVING and gives the time (CLOCK_MONOTONIC) at which the server set it; `resumeServing`
 * makes it SERVING again. `startedNs` is when the process was started.
 */
export async function startServer(name, { command, stopServing, resumeServing }, options) {
  const startedNs = monotonicNs();
  const child = new Child(name, serverCpu, command, options);
  try {
    const ready = await child.event("ready");
    const server = { name, child, ready, startedNs, pid: child.pid, address: ready.grpc[0] };
    return {
      ...server,
      stopServing: () => stopServing(server),
      resumeServing: () => resumeServing(server),
      stop: () => child.stop(),
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
