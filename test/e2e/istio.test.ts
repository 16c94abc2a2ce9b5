import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { judge, render, valuesOf } from "./support/manifests.js";
import { inRepository } from "./support/paths.js";
import { describeWith } from "./support/tools.js";

const mesh = readFileSync(inRepository("deploy/istio/mesh.yaml"), "utf8");

const port = z.object({ name: z.string(), port: z.number() }).loose();
const service = z.object({
  kind: z.literal("Service"),
  metadata: z.object({ name: z.string(), namespace: z.string() }).loose(),
  spec: z.object({ ports: z.array(port) }).loose(),
});
const labels = z.record(z.string(), z.string());
const deployment = z.object({
  kind: z.literal("Deployment"),
  spec: z.object({ template: z.object({ metadata: z.object({ labels, annotations: labels }) }).loose() }).loose(),
});
const peerAuthentication = z.object({
  kind: z.literal("PeerAuthentication"),
  spec: z.object({ selector: z.object({ matchLabels: labels }) }).loose(),
});
const portSettings = z.object({ port: z.object({ number: z.number() }), tls: z.object({ mode: z.string() }) });
const destinationRule = z.object({
  kind: z.literal("DestinationRule"),
  spec: z.object({
    host: z.string(),
    trafficPolicy: z.object({ portLevelSettings: z.array(portSettings) }).loose(),
  }),
});

/** The one object in the text that is of the kind. */
function only<T>(yaml: string, schema: z.ZodType<T>): T {
  const found = parseAllDocuments(yaml).flatMap((document) => {
    const parsed = schema.safeParse(document.toJS());
    return parsed.success ? [parsed.data] : [];
  });
  const [first, ...others] = found;
  if (first === undefined || others.length > 0) throw new Error(`${found.length} objects fit, not one`);
  return first;
}

describeWith(["manifests"], "deploy/istio", () => {
  let rendered: string;
  beforeAll(async () => {
    rendered = (await render(valuesOf("sidecar"), inRepository("deploy/istio/values.yaml"))).join("\n---\n");
  });

  it("has objects that Istio's own messages take", async () => {
    expect((await judge(mesh)).map(({ object, problem }) => ({ object, problem }))).toEqual([
      { object: "PeerAuthentication/gpu-health", problem: "" },
      { object: "DestinationRule/gpu-health", problem: "" },
      { object: "VirtualService/gpu-health", problem: "" },
    ]);
  });

  it("would be found to have a field or a mode that Istio does not know", async () => {
    const mistaken = mesh.replace("maxEjectionPercent", "maxEjectPercent").replace("mode: STRICT", "mode: STRICKT");
    const problems = (await judge(mistaken)).map(({ problem }) => problem);
    expect(problems).toEqual([
      expect.stringContaining('invalid value for enum field mode: "STRICKT"'),
      expect.stringContaining('unknown field "maxEjectPercent"'),
      "",
    ]);
  });

  it("keeps gpu-health's ports, and no other, out of the proxy and out of its mutual TLS", () => {
    const { metadata, spec } = only(rendered, service);
    const own = spec.ports.filter(({ name }) => name.endsWith("-health")).map((each) => each.port);
    expect(own).toEqual([50051, 9091]);

    const { annotations } = only(rendered, deployment).spec.template.metadata;
    expect(annotations["traffic.sidecar.istio.io/excludeInboundPorts"]).toBe(own.join());
    const rule = only(mesh, destinationRule).spec;
    expect(rule.host).toBe(`${metadata.name}.${metadata.namespace}.svc.cluster.local`);
    expect(rule.trafficPolicy.portLevelSettings).toEqual(
      own.map((number) => ({ port: { number }, tls: { mode: "DISABLE" } })),
    );
  });

  it("is about the chart's Pods", () => {
    const { matchLabels } = only(mesh, peerAuthentication).spec.selector;
    expect(only(rendered, deployment).spec.template.metadata.labels).toMatchObject(matchLabels);
  });
});
