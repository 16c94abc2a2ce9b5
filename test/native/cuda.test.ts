import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cuda } from "../../src/checks/gpu/cuda.js";
import type { Answer, Check } from "../../src/core/check.js";
import { systemClock } from "../../src/core/clock.js";
import { EventLoopDelays } from "../../src/core/event-loop-delays.js";
import type { LibraryState } from "../../src/gpu/snapshot.js";
import { eventually } from "../e2e/support/eventually.js";
import { simulatorPath } from "../e2e/support/paths.js";
import { FakeGpus, gpuView, ok, ready } from "../support/gpu.js";
import { StateFile } from "./support.js";

/** The real program with the simulated libcuda.so.1, on two simulated GPUs. */
const uuids = ["GPU-11111111-1111-1111-1111-111111111111", "GPU-22222222-2222-2222-2222-222222222222"];
const twoGpus = ["count = 2", ...uuids.map((uuid, index) => `gpu.${index}.uuid = ${uuid}`)];

const simulated: LibraryState = Object.assign({}, ready, { path: simulatorPath });

/** Without a snapshot nothing is known of a GPU that a kernel would have to wait for. */
function checkOf(mode: "init" | "kernel", library: LibraryState = simulated): Check {
  const gpus = new FakeGpus();
  gpus.state = library;
  gpus.views = uuids.map((uuid, index) => gpuView({ index, uuid: ok(uuid), snapshot: undefined }));
  return cuda.create(cuda.options().parse({ mode }), {
    clock: systemClock,
    eventLoop: new EventLoopDelays(systemClock),
    gpus,
    gpuStallAfterMs: 5000,
    timeoutMs: 5000,
  });
}

function simulate(...lines: readonly string[]): void {
  new StateFile(...twoGpus, ...lines).use();
}

async function run(mode: "init" | "kernel", signal = new AbortController().signal): Promise<Answer> {
  return checkOf(mode).run(signal);
}

const results = (answer: Answer) => ("status" in answer ? [answer] : answer.map(({ result }) => result));
const reasons = (answer: Answer) => results(answer).map(({ reason }) => reason);
const messages = (answer: Answer) => results(answer).map(({ message }) => message);

/** The programs that this process has started and that run. */
const children = (): readonly string[] =>
  readdirSync("/proc/self/task").flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
  );

/** The probe, once it sleeps in a call of the simulated driver: nothing else makes it sleep. */
async function sleepingProbe(): Promise<string> {
  return eventually(() => {
    const found = children().find(
      (pid) =>
        readFileSync(`/proc/${pid}/maps`, "utf8").includes("libcuda.so.1") &&
        /^State:\s+S/m.test(readFileSync(`/proc/${pid}/status`, "utf8")),
    );
    if (found === undefined) throw new Error("the probe does not sleep yet");
    return found;
  });
}

/** Stops a check once the driver hangs, as its deadline does. */
async function runUntilHung(mode: "init" | "kernel"): Promise<{ answer: Answer; pid: string }> {
  const deadline = new AbortController();
  const running = run(mode, deadline.signal);
  const pid = await sleepingProbe();
  // What the program has written is read in the next turn of the event loop, and this is one more.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setTimeout(resolve));
  deadline.abort();
  return { answer: await running, pid };
}

describe("the cuda check with the program that the build makes", () => {
  it("says that CUDA starts and shows each GPU", async () => {
    simulate();
    expect(messages(await run("init"))).toEqual([
      "CUDA 13.0 starts and shows gpu/0",
      "CUDA 13.0 starts and shows gpu/1",
    ]);
  });

  it("computes on each GPU, and finds the one that computes wrongly", async () => {
    simulate("gpu.1.cuda.wrong_result = true");
    const answer = await run("kernel");
    expect(reasons(answer)).toEqual(["ok", "cuda_wrong_result"]);
    expect(messages(answer)[0]).toMatch(/; a kernel computed the right result in [\d.]+ ms$/);
  });

  it("gives the codes of the driver", async () => {
    simulate("cuda.return.cuInit = 802");
    expect(reasons(await run("init"))).toEqual(["cuda_system_not_ready", "cuda_system_not_ready"]);
    simulate("gpu.0.cuda.return.cuLaunchKernel = 214");
    expect(reasons(await run("kernel"))).toEqual(["cuda_ecc_uncorrectable", "ok"]);
    simulate("gpu.0.memory.free = 100MiB");
    const answer = await run("kernel");
    expect(reasons(answer)).toEqual(["ok", "ok"]);
    expect(messages(answer)[0]).toContain("cuCtxCreate_v2 gives CUDA_ERROR_OUT_OF_MEMORY (2)");
  });

  it("misses a GPU that has fallen off the bus", async () => {
    simulate("gpu.0.lost = true");
    expect(reasons(await run("init"))).toEqual(["cuda_gpu_missing", "ok"]);
    simulate("gpu.*.lost = true");
    expect(reasons(await run("init"))).toEqual(
      ["cuda_no_device", "cuda_no_device"].map((reason) =>
        existsSync("/dev/nvidia-uvm") ? reason : "cuda_device_file_missing",
      ),
    );
  });

  it("survives a crash of the driver, and names the call", async () => {
    simulate("cuda.crash.cuInit = true");
    expect(messages(await run("init"))[0]).toBe("CUDA does not start: the program was ended by SIGABRT in cuInit");
    simulate("gpu.1.cuda.crash.cuMemAlloc_v2 = true");
    expect(reasons(await run("kernel"))).toEqual(["ok", "cuda_crashed"]);
  });

  it("kills a start that hangs, and names the call", async () => {
    simulate("cuda.hang.cuInit = true");
    const { answer, pid } = await runUntilHung("init");
    expect(reasons(answer)).toEqual(["cuda_stalled", "cuda_stalled"]);
    expect(messages(answer)[0]).toContain("cuInit had not returned");
    await eventually(() => expect(existsSync(`/proc/${pid}`)).toBe(false));
  });

  it("kills a kernel that hangs, and blames its GPU alone", async () => {
    simulate("gpu.1.cuda.hang.cuCtxSynchronize = true");
    const { answer } = await runUntilHung("kernel");
    expect(reasons(answer)).toEqual(["ok", "cuda_stalled"]);
    expect(messages(answer)[1]).toContain("gpu/1 does not compute: cuCtxSynchronize had not returned");
  });

  it("says how to get a library that is not there", async () => {
    const answer = await checkOf("init", { phase: "off" }).run(new AbortController().signal);
    // On a machine with CUDA's driver it is found, and says what that machine says.
    if (!reasons(answer).includes("cuda_library_not_found")) return;
    expect(results(answer)[0]?.remedy).toContain("NVIDIA_DRIVER_CAPABILITIES=compute");
  });
});
