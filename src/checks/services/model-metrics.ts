import { isSuccess } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import { CheckError } from "../result.js";
import type { Addresses, Get, WorkMetrics } from "./model-server.js";

/** What a server's own metrics say of its work at one moment. */
export interface WorkLook {
  /** The sum of what was done, in units of its own: only whether it changes says something. */
  readonly done: number;
  /** Requests in work and in the queue; undefined where the server does not tell. */
  readonly running: number | undefined;
  readonly waiting: number | undefined;
}

/** The look, or undefined where the server has no such metrics, or gives them not in time. */
export async function lookAtWork(
  metrics: WorkMetrics,
  addresses: Addresses,
  model: string | undefined,
  get: Get,
): Promise<WorkLook | undefined> {
  try {
    const { response } = await get(metricsUrl(metrics, addresses));
    return isSuccess(response) ? readWork(response.text, metrics, model) : undefined;
  } catch (error) {
    // A server need not have metrics; that it cannot be reached at all is seen by its other answers.
    if (error instanceof CheckError) return undefined;
    throw error;
  }
}

function metricsUrl({ port }: WorkMetrics, { url, metricsUrl }: Addresses): URL {
  if (metricsUrl !== undefined) return new URL(metricsUrl);
  const metrics = urlBelow(url, "/metrics");
  if (port !== undefined) metrics.port = String(port);
  return metrics;
}

interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

const sampleLine = /^(?<name>[A-Za-z_:][\w:]*)(?:\{(?<labels>.*)\})?[ \t]+(?<value>\S+)/;

/** The metrics in Prometheus' text format; undefined where none of those that show progress is among them. */
export function readWork(text: string, metrics: WorkMetrics, model: string | undefined): WorkLook | undefined {
  const wanted = new Set([...metrics.done, ...metrics.running, ...metrics.waiting]);
  const samples = text.split("\n").flatMap((line): readonly Sample[] => {
    const { name = "", labels = "", value = "" } = sampleLine.exec(line)?.groups ?? {};
    return wanted.has(name) && Number.isFinite(Number(value)) ? [{ name, labels, value: Number(value) }] : [];
  });
  const done = sum(samples, metrics.done, model);
  if (done === undefined) return undefined;
  return { done, running: sum(samples, metrics.running, model), waiting: sum(samples, metrics.waiting, model) };
}

/** What another model does says nothing of this one; servers that have one model may name it otherwise in metrics. */
function sum(samples: readonly Sample[], names: readonly string[], model: string | undefined): number | undefined {
  const named = samples.filter(({ name }) => names.includes(name));
  const isOfModel = ({ labels }: Sample): boolean =>
    model !== undefined && [`model="${model}"`, `model_name="${model}"`].some((label) => labels.includes(label));
  const own = named.some(isOfModel) ? named.filter(isOfModel) : named;
  return own.length === 0 ? undefined : own.reduce((total, { value }) => total + value, 0);
}
