import { cpSync, readdirSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject as AnyObject } from "./kubernetes/api-server.js";
import { inRepository } from "./paths.js";
import { type Outcome, run } from "./processes.js";
import { toolPath } from "./tools.js";

const chart = inRepository("deploy/helm/gpu-health");

/** The chart's example values, each a case of its own: see the comment at the top of each file. */
export const cases: readonly string[] = readdirSync(`${chart}/ci`)
  .map((file) => file.replace(/\.yaml$/, ""))
  .sort();

export const valuesOf = (name: string): string => `${chart}/ci/${name}.yaml`;

/** An object of Kubernetes, as far as tests look into it. */
export interface KubernetesObject extends AnyObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: { readonly spec: PodSpec } };
}

export interface PodSpec {
  readonly runtimeClassName?: string;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

export interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly restartPolicy?: string;
  readonly lifecycle?: { readonly preStop: { readonly exec?: { readonly command: readonly string[] } } };
  readonly startupProbe?: { readonly grpc: { readonly service: string } };
}

export interface Judgement {
  readonly object: string;
  readonly problem: string;
  readonly podSecurity: string;
}

export interface ProbeResult {
  readonly object: string;
  readonly container: string;
  readonly probe: "startup" | "liveness" | "readiness";
  readonly service: string;
  readonly result: "success" | "failure";
  readonly message: string;
}

export const lint = async (
  valueFile: string,
): Promise<readonly { readonly severity: string; readonly message: string }[]> =>
  answerOf(await manifests(["lint", chart, valueFile]));

/** Renders the chart as Helm does: the text of every template that gives an object, in the order of their names. */
export const render = (...valueFiles: readonly string[]): Promise<readonly string[]> =>
  renderChart(chart, ...valueFiles);

/** Puts the chart below another one, as `helm dependency update` does, which follows its links. */
export function addAsDependency(parent: string): void {
  cpSync(chart, `${parent}/charts/gpu-health`, { recursive: true, dereference: true });
}

/** {@link render} of any chart. */
export async function renderChart(folder: string, ...valueFiles: readonly string[]): Promise<readonly string[]> {
  const texts: Readonly<Record<string, string>> = answerOf(await manifests(["render", folder, ...valueFiles]));
  return Object.entries(texts)
    .filter(([template, text]) => template.endsWith(".yaml") && text.trim() !== "")
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([, text]) => text.trim());
}

/** What Helm says of values that it refuses. */
export async function refusal(valueFile: string): Promise<string> {
  const outcome = await manifests(["render", chart, valueFile]);
  if (outcome.code === 0) throw new Error(`the chart takes ${valueFile}`);
  return outcome.stderr;
}

export const objectsIn = (yaml: string): readonly KubernetesObject[] =>
  parseAllDocuments(yaml).map((document) => document.toJS());

export const judge = async (yaml: string): Promise<readonly Judgement[]> => answerOf(await manifests(["strict"], yaml));

/** Runs each gRPC probe of the manifests as the kubelet does, against `address` instead of the port that it names. */
export async function probe(yaml: string, address: string): Promise<readonly ProbeResult[]> {
  const [host, port] = address.split(":");
  return answerOf(await manifests(["probe", `${host}`, `50051=${port}`], yaml));
}

const manifests = (args: readonly string[], input?: string): Promise<Outcome> =>
  run(toolPath("manifests"), args, input === undefined ? {} : { input });

function answerOf<T>(outcome: Outcome): T {
  if (outcome.code !== 0) throw new Error(`manifests failed: ${outcome.stderr}`);
  return JSON.parse(outcome.stdout);
}
