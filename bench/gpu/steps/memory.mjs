// 2. A GPU's memory fills up while the server needs some of it free: the verdict turns, names who holds it, and recovers.

import { readlink } from "node:fs/promises";
import { differs, gibibytes, impossible, ms, ok } from "../harness/findings.mjs";
import { startPython } from "../harness/python.mjs";
import { inService, Server } from "../harness/server.mjs";

const mebibyte = 2 ** 20;
const fillTimeoutMs = 60_000;
/** A sample a second finds it; the rest is for a busy machine. */
const turnTimeoutMs = 20_000;
/** An inspection finds the holder: at once where much more memory is in use, else within 5 s by default. */
const nameTimeoutMs = 20_000;
const simulatedPid = 4711;

export const memory = {
  name: "memory",
  title: "GPU memory fills up: verdict, holder, recovery",

  async run(context) {
    const { gpu, python, simulate } = context;
    const why = reasonNotTo(context);
    if (why !== undefined) return [impossible("verdict while the memory is full", why)];
    const limits = limitsFor(gpu.snapshot.memory.value);
    if (limits === undefined) {
      const free = gibibytes(gpu.snapshot.memory.value.freeBytes);
      return [impossible("verdict while the memory is full", `gpu/${gpu.index} has ${free} free only: it is in use`)];
    }
    const server = await Server.start(context, configuration(gpu.index, limits.needBytes));
    try {
      await server.transition(`gpu/${gpu.index}`, inService, { sinceMs: 0, timeoutMs: turnTimeoutMs });
      const holder =
        simulate === undefined ? new RealHolder(python, gpu, limits) : new SimulatedHolder(server, gpu, limits);
      try {
        return await observe(server, gpu, holder);
      } finally {
        await holder.release();
      }
    } finally {
      await server.stop();
    }
  },
};

function reasonNotTo({ gpu, python, simulate }) {
  if (!gpu.snapshot.memory.ok) return `gpu/${gpu.index} does not tell how much memory is free`;
  if (gpu.migInstances.length > 0) return `gpu/${gpu.index} is shared out with MIG; choose another with --gpu`;
  if (simulate === undefined && python === undefined) return "there is no Python 3 here; name one in PYTHON";
  return undefined;
}

/** The server needs 2 GiB free (a quarter of a small card); half of that is always left to others. */
function limitsFor({ totalBytes, freeBytes }) {
  const needBytes = Math.min(2048 * mebibyte, Math.floor(totalBytes / 4 / mebibyte) * mebibyte);
  // A context takes about half a GiB before the first allocation.
  return freeBytes < needBytes + 1024 * mebibyte ? undefined : { needBytes, leaveBytes: needBytes / 2 };
}

const configuration = (index, needBytes) => `
gpu: { mode: required }
checks:
  gpu: { type: gpu, devices: [${index}], minFreeMemory: ${needBytes / mebibyte}MiB, failureThreshold: 1, successThreshold: 1 }
`;

/** A program that takes the memory with cuMemAlloc. */
class RealHolder {
  constructor(python, gpu, { needBytes, leaveBytes }) {
    this.needBytes = needBytes;
    this.program = startPython(python, "fill_memory.py", ["--leave", String(leaveBytes)], { uuid: gpu.uuid.value });
  }

  /** When the memory fell below what the server needs, how much was left in the end, and who holds it. */
  async fill() {
    const { pid } = await this.program.event("began", fillTimeoutMs);
    const { freeBytes } = await this.program.event("filled", fillTimeoutMs);
    const crossing = this.program.lines.find((line) => line.event === "step" && line.freeBytes < this.needBytes);
    if (crossing === undefined)
      throw new Error(`the memory could not be filled: ${gibibytes(freeBytes)} are free still`);
    return { sinceMs: crossing.atMs, freeBytes, pid };
  }

  /** When it began to free the memory, and when all was free. */
  async free() {
    const beganMs = Date.now();
    await this.program.finish();
    return { beganMs, endedMs: (await this.program.event("freed", fillTimeoutMs)).atMs };
  }

  release() {
    return this.program.stop();
  }
}

/** The same as drills. */
class SimulatedHolder {
  constructor(server, gpu, { leaveBytes }) {
    const { freeBytes } = gpu.snapshot.memory.value;
    Object.assign(this, { server, gpu: gpu.index, leaveBytes, usedBytes: freeBytes - leaveBytes });
  }

  async fill() {
    const { server, gpu, leaveBytes, usedBytes } = this;
    // What the process holds is gone from the free memory, so a sample between the two drills may turn the verdict.
    const sinceMs = Date.now();
    await server.drill({ kind: "process", gpu, pid: simulatedPid, name: "fill_memory", usedBytes });
    await server.drill({ kind: "memory", gpu, freeBytes: leaveBytes });
    return { sinceMs, freeBytes: leaveBytes, pid: simulatedPid };
  }

  async free() {
    const beganMs = Date.now();
    await this.server.drill({ kind: "reset", gpu: this.gpu });
    return { beganMs, endedMs: beganMs };
  }

  async release() {}
}

async function observe(server, { index }, holder) {
  const component = `gpu/${index}`;
  const { sinceMs, freeBytes, pid } = await holder.fill();
  const turned = await server.transition(component, ["unhealthy"], { sinceMs, timeoutMs: turnTimeoutMs });
  const turnMs = Date.parse(turned.since) - sinceMs;
  const isReason = turned.reason === "insufficient_gpu_memory";
  const findings = [
    (isReason ? ok : differs)(
      "the verdict turns",
      `${gibibytes(freeBytes)} left; ${component} unhealthy ${ms(turnMs)} after, reason ${turned.reason}`,
      { turnMs },
    ),
    await named(server, component, pid, sinceMs),
  ];
  const { beganMs, endedMs } = await holder.free();
  const back = await server.transition(component, inService, { sinceMs: beganMs, timeoutMs: turnTimeoutMs });
  const backMs = Math.max(0, Date.parse(back.since) - endedMs);
  return [
    ...findings,
    ok("it recovers", `${component} ${back.to} ${ms(backMs)} after the memory was free`, { backMs }),
  ];
}

/** Whether the reason names the process; in a container the driver may know it by another number, or by none. */
async function named(server, component, pid, sinceMs) {
  const what = "the reason names who holds the memory";
  let message = "";
  try {
    await server.until("the holder's pid", nameTimeoutMs, (report) => {
      message = report.components[component].message;
      return message.includes(`pid ${pid}`) ? message : undefined;
    });
    return ok(what, `${ms(Date.now() - sinceMs)} after: «${message}»`);
  } catch {
    if (!(await isInitialPidNamespace())) {
      return impossible(what, `the driver counts processes as the host does, and this is a container: «${message}»`);
    }
    return differs(what, `the holder is pid ${pid}: «${message}»`);
  }
}

/** The kernel gives the first namespace of pids always the same number (PROC_PID_INIT_INO). */
async function isInitialPidNamespace() {
  return (await readlink("/proc/self/ns/pid")) === `pid:[${0xeffffffc}]`;
}
