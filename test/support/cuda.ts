import type { ProbeOutcome, ProbeRequest } from "../../src/checks/gpu/cuda-probe.js";
import { readReport } from "../../src/checks/gpu/cuda-report.js";
import type { ProbeEnding } from "../../src/checks/gpu/cuda-verdict.js";

/** What the probe writes, step by step. */
export const told = {
  loaded: ['{"event":"loading","library":"libcuda.so.1"}', '{"event":"loaded","path":"/usr/lib/libcuda.so.1"}'],
  calling: (name: string) => [JSON.stringify({ event: "calling", function: name })],
  call: (name: string, code = 0, codeName?: string) => [
    ...told.calling(name),
    JSON.stringify({ event: "returned", function: name, code, name: codeName, durationMs: 12.5 }),
  ],
  started: (...uuids: readonly string[]) => [
    ...told.loaded,
    ...told.call("cuInit"),
    '{"event":"driver","version":12080}',
    ...uuids.flatMap((uuid) => told.device(uuid)),
  ],
  device: (uuid: string, changes: { isMig?: boolean; computeMode?: number } = {}) => [
    JSON.stringify({ event: "device", ordinal: 0, uuid, isMig: false, computeMode: 0, ...changes }),
  ],
  kernel: (uuid: string, ...lines: readonly string[]) => [JSON.stringify({ event: "kernel", uuid }), ...lines],
  computed: (uuid: string, wrongWords = 0) => [
    ...told.kernel(uuid, ...told.call("cuCtxCreate_v2")),
    JSON.stringify({ event: "computed", uuid, words: 1024, wrongWords, durationMs: 250 }),
  ],
  deviceFile: (path: string, error: string) => [JSON.stringify({ event: "device_file", path, error })],
  done: ['{"event":"done"}'],
};

const exited: ProbeEnding = { kind: "exited", status: 0, signal: null };

/** A run of the probe that wrote these lines. */
export function outcome(lines: readonly string[], ending: ProbeEnding = exited, gone?: Promise<void>): ProbeOutcome {
  return { report: readReport(lines.join("\n")), ending, ...(gone === undefined ? {} : { gone }) };
}

/** Stands for the program: gives what a test has prepared, in order, and keeps what was asked. */
export class FakeProbe {
  readonly requests: ProbeRequest[] = [];
  private readonly prepared: (ProbeOutcome | Error)[] = [];

  willGive(...outcomes: readonly (ProbeOutcome | Error)[]): void {
    this.prepared.push(...outcomes);
  }

  readonly run = async (request: ProbeRequest): Promise<ProbeOutcome> => {
    this.requests.push(request);
    const next = this.prepared.shift();
    if (next === undefined) throw new Error("no run of the probe was expected");
    if (next instanceof Error) throw next;
    return next;
  };
}
