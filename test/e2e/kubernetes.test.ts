import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfiguration } from "../../src/config/load.js";
import { vllm } from "../checks/services/model-servers.js";
import { Certificates } from "../support/certificates.js";
import { WireServer } from "../support/wire-server.js";
import { eventually } from "./support/eventually.js";
import { get } from "./support/http.js";
import { ApiServer, apiServerOptions } from "./support/kubernetes/api-server.js";
import {
  addAsDependency,
  type Container,
  cases,
  judge,
  type KubernetesObject,
  lint,
  objectsIn,
  type PodSpec,
  type ProbeResult,
  probe,
  refusal,
  render,
  renderChart,
  valuesOf,
} from "./support/manifests.js";
import { inRepository } from "./support/paths.js";
import { gpuHealth, startServer, startServingServer, temporaryFile, temporaryFolder } from "./support/program.js";
import { describeWith } from "./support/tools.js";

/** What the chart renders for each of its example values: one YAML text with all objects. */
const rendered = new Map<string, string>();
const yamlOf = (name: string): string => rendered.get(name) ?? "";

/** The manifests for those who do without Helm, and the values that they are rendered with. */
const plain = ["daemonset", "sidecar", "library"];

/** Renders all of them once, for whoever comes first. */
async function renderAll(): Promise<void> {
  for (const name of cases.filter((each) => !rendered.has(each))) {
    rendered.set(name, (await render(valuesOf(name))).join("\n---\n"));
  }
}

const podsIn = (objects: readonly KubernetesObject[]): readonly PodSpec[] =>
  objects.flatMap(({ spec }) => spec?.template?.spec ?? []);

const containersOf = ({ containers, initContainers = [] }: PodSpec): readonly Container[] => [
  ...initContainers,
  ...containers,
];

const configIn = (yaml: string): string | undefined =>
  objectsIn(yaml).find(({ kind }) => kind === "ConfigMap")?.data?.["gpu-health.yaml"];

describeWith(["manifests"], "the Helm chart", () => {
  beforeAll(renderAll);

  it.each(cases)("%s: Helm's linter has nothing to say", async (name) => {
    const said = await lint(valuesOf(name));
    expect(said.filter(({ severity }) => severity !== "info")).toEqual([]);
  });

  it.each(cases)("%s: Kubernetes' decoder takes every object, with strict validation of fields", async (name) => {
    const judgements = await judge(yamlOf(name));
    expect(judgements.map(({ object, problem }) => ({ object, problem }))).toEqual(
      objectsIn(yamlOf(name)).map(({ kind, metadata }) => ({ object: `${kind}/${metadata.name}`, problem: "" })),
    );
    expect(judgements.length).toBeGreaterThan(1);
  });

  it("a field that Kubernetes does not know would be seen", async () => {
    const mistaken = yamlOf("daemonset").replace("periodSeconds:", "periodSecond:");
    const problems = (await judge(mistaken)).map(({ problem }) => problem).filter((problem) => problem !== "");
    expect(problems).toEqual([expect.stringMatching(/unknown field "spec\.template.*periodSecond"/)]);
  });

  it("pods meet the Pod Security Standards that the documentation says", async () => {
    const levels: Record<string, string> = {};
    for (const name of cases) {
      const [pods] = (await judge(yamlOf(name))).filter(({ podSecurity }) => podSecurity !== "");
      if (pods !== undefined) levels[name] = pods.podSecurity;
    }
    expect(levels).toEqual({
      daemonset: "privileged",
      "daemonset-all": "privileged",
      "daemonset-restricted": "restricted",
      library: "restricted",
      "milvus-rag": "restricted",
      sidecar: "baseline",
      "sidecar-restricted": "restricted",
      simulated: "restricted",
      triton: "baseline",
    });
  });

  it.each(cases)("%s: gpu-health takes the configuration", (name) => {
    const config = configIn(yamlOf(name));
    expect(config === undefined).toBe(name === "library");
    if (config === undefined) return;
    expect(loadConfiguration(config, name, { MILVUS_TOKEN: "token" })).toMatchObject({ ok: true });
  });

  it.each(cases)("%s: no sidecar waits for containers that start after it", (name) => {
    const sidecars = podsIn(objectsIn(yamlOf(name))).flatMap(({ initContainers = [] }) =>
      initContainers.filter(({ restartPolicy }) => restartPolicy === "Always"),
    );
    expect(sidecars.map(({ startupProbe }) => startupProbe?.grpc.service)).toEqual(sidecars.map(() => "liveness"));
  });

  it("can be part of another chart, as docs/kubernetes.md has it", async () => {
    const page = readFileSync(inRepository("docs/kubernetes.md"), "utf8");
    const [dependencies = "", pod = ""] = [
      ...page.slice(page.indexOf("**Your own chart.**")).matchAll(/^```yaml\n(.*?)^```/gms),
    ].map(([, yaml]) => yaml);
    const parent = temporaryFolder("parent-chart");
    mkdirSync(join(parent, "templates"), { recursive: true });
    addAsDependency(parent);
    const about = 'apiVersion: v2\nname: parent\nversion: 0.1.0\nkubeVersion: ">=1.30.0-0"\n';
    writeFileSync(join(parent, "Chart.yaml"), about + dependencies);
    const head = "kind: Deployment\napiVersion: apps/v1\nmetadata: { name: engine }\nspec:\n  template:\n";
    const rest = "      containers: [{ name: engine, image: engine }]\n  selector: { matchLabels: {} }\n";
    writeFileSync(join(parent, "templates/engine.yaml"), head + pod + rest);
    const values = temporaryFile(
      "values.yaml",
      "gpu-health: { enabled: true, mode: sidecar, image: { repository: registry.example/g } }",
    );

    const yaml = (await renderChart(parent, values)).join("\n---\n");
    expect((await judge(yaml)).filter(({ problem }) => problem !== "")).toEqual([]);
    const [engine] = podsIn(objectsIn(yaml));
    expect(engine).toMatchObject({
      runtimeClassName: "nvidia",
      terminationGracePeriodSeconds: 60,
      initContainers: [{ name: "gpu-health", image: "registry.example/g:0.1.0", restartPolicy: "Always" }],
      volumes: [{ name: "gpu-health-config" }],
    });
  });

  it("names every value that it does not take", async () => {
    const values = temporaryFile(
      "values.yaml",
      "mode: deamonset\nprots: {}\nprobes: { liveness: { periodSecond: 3 } }",
    );
    const said = await refusal(values);
    expect(said).toContain("at '/mode': value must be one of 'daemonset', 'sidecar', 'library'");
    expect(said).toContain("additional properties 'prots' not allowed");
    expect(said).toContain("at '/probes/liveness': additional properties 'periodSecond' not allowed");
  });

  it.each(plain)("deploy/kubernetes/%s.yaml is what the chart renders; -u writes it", async (name) => {
    const comment = `# Made from the Helm chart with ci/${name}.yaml, for those who do without Helm: see docs/kubernetes.md.\n`;
    const objects = yamlOf(name).replaceAll(/^ *(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm, "");
    await expect(`${comment}${objects}\n`).toMatchFileSnapshot(inRepository(`deploy/kubernetes/${name}.yaml`));
  });
});

/** Results by probe: `{ "vllm startup startup": "success" }`. */
const summaryOf = (results: readonly ProbeResult[]): Readonly<Record<string, string>> =>
  Object.fromEntries(results.map((each) => [`${each.container} ${each.probe} ${each.service}`, each.result]));

describeWith(["manifests"], "the kubelet's prober", () => {
  beforeAll(renderAll);

  it.each([
    ["daemonset", { startup: "liveness", liveness: "liveness", readiness: "liveness" }],
    ["library", { startup: "startup", liveness: "liveness", readiness: "readiness" }],
  ])("every probe of %s passes, and a full GPU fails those of readiness alone", async (name, services) => {
    const container = name === "library" ? "service" : "gpu-health";
    const expected = (readiness: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Object.entries(services).map(([probe, service]) => [
          `${container} ${probe} ${service}`,
          service === "readiness" ? readiness : "success",
        ]),
      );
    const server = await startServingServer({ simulate: "h200x2" });
    expect(summaryOf(await probe(yamlOf(name), server.grpc))).toEqual(expected("success"));

    await server.drill("lose", "--gpu", "0");
    await eventually(async () => expect((await get(server.http, "/readyz")).status).toBe(503));
    expect(summaryOf(await probe(yamlOf(name), server.grpc))).toEqual(expected("failure"));
  });

  it("lets the workload start while the sidecar still waits for it, and then says ready", async () => {
    const model = new WireServer({});
    const config = parse(configIn(yamlOf("sidecar")) ?? "");
    const often = { interval: "500ms", timeout: "400ms" };
    Object.assign(config.checks.model, { url: await model.listen(), model: "llama", ...often });
    const server = await startServer({ config: JSON.stringify(config), simulate: "h200x8" });
    const expected = (whole: string): Readonly<Record<string, string>> => ({
      "gpu-health startup liveness": "success",
      "gpu-health liveness liveness": "success",
      "gpu-health readiness readiness": whole,
      "vllm startup startup": whole,
    });
    expect(summaryOf(await probe(yamlOf("sidecar"), server.grpc))).toEqual(expected("failure"));

    model.routes = vllm;
    await eventually(async () =>
      expect(summaryOf(await probe(yamlOf("sidecar"), server.grpc))).toEqual(expected("success")),
    );
  });

  it("finds a sidecar not ready, and alive, once its preStop hook has run", async () => {
    const [sidecar] = podsIn(objectsIn(yamlOf("sidecar"))).flatMap(({ initContainers = [] }) => initContainers);
    const [program, ...hook] = sidecar?.lifecycle?.preStop.exec?.command ?? [];
    expect(program).toBe("gpu-health");

    const server = await startServingServer({ simulate: "h200x1" });
    const drained = await gpuHealth([...hook, "--admin", server.admin]);
    expect(drained.code, drained.stderr).toBe(0);
    expect((await get(server.http, "/readyz")).text).toContain("the pod is being deleted");
    const results = await probe(yamlOf("sidecar"), server.grpc);
    expect(results.find(({ probe: kind }) => kind === "readiness")).toMatchObject({
      result: "failure",
      message: 'service unhealthy (responded with "NOT_SERVING")',
    });
    expect(results.find(({ probe: kind }) => kind === "liveness")?.result).toBe("success");
  });

  it("would probe a program that has the commands of the manifests", async () => {
    const containers = cases.flatMap((name) => podsIn(objectsIn(yamlOf(name)))).flatMap(containersOf);
    const commands = new Set(containers.filter(({ name }) => name === "gpu-health").map(({ args = [] }) => args[0]));
    expect([...commands].sort()).toEqual(["node-agent", "serve"]);
    for (const command of commands) {
      const { code, stdout } = await gpuHealth([`${command}`, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toContain("--config <file>");
    }
  });
});

/** Which `npm run test:kubernetes` builds, for it takes minutes. */
describe.runIf(process.env.KUBERNETES === "real")("a real API server", () => {
  const certificates = new Certificates();
  let server: ApiServer;

  beforeAll(async () => {
    await renderAll();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const signingKey = temporaryFile("signing.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const certificate = certificates.issue({ name: "apiserver", issuer: certificates.authority("cluster") });
    server = new ApiServer(await apiServerOptions(certificate, signingKey));
    await server.start();
    await server.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "gpu-health" } });
  });
  afterAll(async () => {
    await server?.stop();
    certificates.remove();
  });

  it.each(cases)("takes every object of %s but those of the Prometheus operator", async (name) => {
    const objects = objectsIn(yamlOf(name)).filter(({ apiVersion }) => !apiVersion.startsWith("monitoring."));
    expect(objects.length).toBeGreaterThan(1);
    for (const object of objects) await server.tryCreate(object);
  });

  it("would complain of what no decoder sees", async () => {
    const tooLong = yamlOf("daemonset").replaceAll("name: http-health", "name: http-health-and-more");
    const daemonSet = objectsIn(tooLong).find(({ kind }) => kind === "DaemonSet");
    if (daemonSet === undefined) throw new Error("there is no DaemonSet");
    await expect(server.tryCreate(daemonSet)).rejects.toThrow("must be no more than 15 characters");
  });
});
