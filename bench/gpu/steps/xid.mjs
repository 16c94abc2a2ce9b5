// 3. A faulty kernel in a process of its own makes the driver report an XID: it arrives as an event, and changes nothing.

import { differs, impossible, ms, ok } from "../harness/findings.mjs";
import { environment } from "../harness/fleet.mjs";
import { startPython } from "../harness/python.mjs";
import { inService, Server } from "../harness/server.mjs";

const startTimeoutMs = 30_000;
const eventTimeoutMs = 10_000;
/** The catalogue's faults of a program: a page fault, or an exception of the graphics engine on older GPUs. */
const harmlessXids = [31, 13];

export const xid = {
  name: "xid",
  title: "A faulty kernel's XID arrives",

  async run(context) {
    const { gpu, python } = context;
    if (python === undefined) return [impossible("an XID arrives", "there is no Python 3 here; name one in PYTHON")];
    if (gpu.migInstances.length > 0) {
      return [impossible("an XID arrives", `gpu/${gpu.index} is shared out with MIG; choose another with --gpu`)];
    }
    const server = await Server.start(context, "gpu: { mode: required }\n");
    try {
      await server.transition(`gpu/${gpu.index}`, inService, { sinceMs: 0, timeoutMs: startTimeoutMs });
      const witness = await startWitness(context, server);
      try {
        return await observe(context, server, witness);
      } finally {
        await witness.stop();
      }
    } finally {
      await server.stop();
    }
  },
};

/** Hears events without us, so that a machine that delivers none is told from a server that misses them. */
async function startWitness({ gpu, python, library }, server) {
  const simulated = server.program.lines.find(({ event }) => event === "simulated");
  const args = ["--uuid", gpu.uuid.value, ...(library === undefined ? [] : ["--library", library])];
  const env = simulated === undefined ? {} : environment(simulated.stateFile);
  const witness = startPython(python, "listen_xid.py", args, { env });
  try {
    await witness.event("listening", startTimeoutMs);
  } catch {
    // It says why in its last line, which is shown where the event does not come.
  }
  return witness;
}

async function observe(context, server, witness) {
  const { gpu, simulate } = context;
  const component = `gpu/${gpu.index}`;
  const launchedAtMs = simulate === undefined ? await raise(context) : await drill(server, gpu.index);
  if (launchedAtMs === undefined) {
    return [impossible("an XID arrives", "the driver let the faulty write pass, so there is nothing to report")];
  }
  const heard = (program, isIt) => program.line("XID", isIt, eventTimeoutMs).catch(() => undefined);
  const [ours, theirs] = await Promise.all([
    heard(server.program, (line) => line.event === "xid" && line.gpu === component),
    heard(witness, (line) => line.event === "xid"),
  ]);
  if (ours === undefined) return [await notHeard(server, witness, theirs)];
  const afterMs = Math.max(0, Date.parse(ours.time) - launchedAtMs);
  const others = theirs === undefined ? "the second listener heard none" : `the second listener: ${theirs.xid}`;
  const isHarmless = harmlessXids.includes(ours.xid);
  return [
    (isHarmless ? ok : differs)("an XID arrives", `XID ${ours.xid} ${ms(afterMs)} after the launch (${others})`, {
      afterMs,
    }),
    await counted(server, gpu.index, ours.xid),
    await unchanged(server, component, `xid_${ours.xid}`),
  ];
}

/** Gives when the kernel was launched; undefined where the driver reported no fault to the program. */
async function raise({ python, gpu }) {
  const program = startPython(python, "faulty_kernel.py", [], { uuid: gpu.uuid.value });
  try {
    const { atMs } = await program.event("launch", startTimeoutMs);
    const isEnd = ({ event }) => event === "fault" || event === "no_fault";
    const { event } = await program.line("end of the kernel", isEnd, startTimeoutMs);
    return event === "fault" ? atMs : undefined;
  } finally {
    await program.stop();
  }
}

async function drill(server, index) {
  const atMs = Date.now();
  await server.drill({ kind: "xid", gpu: index, code: harmlessXids[0] });
  return atMs;
}

async function notHeard(server, witness, theirs) {
  if (theirs !== undefined) {
    return differs("an XID arrives", `the second listener heard XID ${theirs.xid}, the server did not`);
  }
  const { eventsSupported } = (await server.report()).gpuLibrary;
  const failure = witness.lines.find(({ event }) => event === "failed")?.message;
  const why =
    eventsSupported.ok && eventsSupported.value
      ? "the driver says that it tells events"
      : "the driver tells no events here";
  return impossible(
    "an XID arrives",
    `neither the server nor a second listener heard of the fault: ${why}${failure === undefined ? "" : `; ${failure}`}. ` +
      "Some containers and virtual machines do not deliver them; see dmesg of the host for «Xid»",
  );
}

async function counted(server, index, code) {
  const pattern = new RegExp(
    `^gpu_health_gpu_xid_events_total\\{[^}]*gpu="${index}"[^}]*xid="${code}"[^}]*\\} (\\d+)`,
    "m",
  );
  const count = pattern.exec(await server.metrics())?.[1];
  return count === undefined
    ? differs("the metric counts it", `no gpu_health_gpu_xid_events_total with xid="${code}"`)
    : ok("the metric counts it", `gpu_health_gpu_xid_events_total{xid="${code}"} ${count}`);
}

/** It is a program's fault: the GPU stays in service, and is not called faulty for it. */
async function unchanged(server, component, fault) {
  const { status, reason, message } = (await server.report()).components[component];
  return inService.includes(status) && reason !== fault
    ? ok("the GPU stays in service", `${component} is ${status}`)
    : differs("the GPU stays in service", `${component} is ${status}: ${reason}: ${message}`);
}
