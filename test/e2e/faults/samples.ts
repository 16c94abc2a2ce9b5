import { eventually } from "../support/eventually.js";
import { get } from "../support/http.js";
import type { Server } from "../support/program.js";
import { onGpu, type Sample } from "./row.js";

/** What `/metrics` has now; undefined where it has no such sample. Without a label of its own it is the GPU's. */
export async function sampleOf(server: Server, sample: Sample, gpu: number): Promise<number | undefined> {
  const { name, labels = {} } = sample;
  const isAboutGpu = name.startsWith("gpu_health_gpu_");
  const wanted = Object.entries({ ...(isAboutGpu ? { gpu: "N" } : {}), ...labels }).map(
    ([key, value]) => `${key}="${onGpu(value, gpu)}"`,
  );
  const { text } = await get(server.http, "/metrics");
  const line = text
    .split("\n")
    .find((each) => each.startsWith(`${name}{`) && wanted.every((pair) => new RegExp(`[{,]${pair}`).test(each)));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ")));
}

/** Waits until `/metrics` has the sample; `before` is what it had when a count was yet to grow by one. */
export async function shows(server: Server, sample: Sample, gpu: number, before = 0): Promise<void> {
  const wanted = sample.value === "one more" ? before + 1 : sample.value;
  await eventually(async () => {
    const value = await sampleOf(server, sample, gpu);
    if (value !== wanted) throw new Error(`${name(sample)} is ${value}, not ${wanted}`);
  });
}

const name = ({ name: metric, labels }: Sample): string => `${metric} ${JSON.stringify(labels ?? {})}`;
