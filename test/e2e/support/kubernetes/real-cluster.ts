import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { Certificate } from "../../../support/certificates.js";
import { inRepository } from "../paths.js";
import { ApiServer, apiServerOptions, collectionOf, type KubernetesObject } from "./api-server.js";
import type { Cluster, Event, Node } from "./cluster.js";
import type { ApiReply, ApiRequest } from "./front.js";

const namespace = "gpu-health";
const serviceAccount = "node-agent";

/** A kube-apiserver with etcd, and the objects of docs/node-agent.md in it. */
export async function realCluster(certificate: Certificate, signingKey: string): Promise<Cluster> {
  const cluster = new RealCluster(await apiServerOptions(certificate, signingKey));
  await cluster.start();
  await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await cluster.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: serviceAccount, namespace } });
  for (const object of documentedObjects()) await cluster.create(object);
  await cluster.allow(true);
  return cluster;
}

/** Every manifest of the page, so that what it says is what was tested. */
function documentedObjects(): readonly KubernetesObject[] {
  const page = readFileSync(inRepository("docs/node-agent.md"), "utf8");
  const yaml = [...page.matchAll(/```yaml\n(?=apiVersion)(.*?)```/gs)].map(([, text = ""]) =>
    text.replaceAll("NAMESPACE:NAME", `${namespace}:${serviceAccount}`),
  );
  return yaml.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject));
}

class RealCluster extends ApiServer implements Cluster {
  private pod: string | undefined;
  private podCount = 0;

  readonly handle = ({ method, path, headers, body }: ApiRequest): Promise<ApiReply> =>
    this.send(method, path, body, {
      authorization: headers.authorization ?? "",
      accept: headers.accept ?? "",
      ...(headers["content-type"] === undefined ? {} : { "content-type": headers["content-type"] }),
    });

  close = (): Promise<void> => this.stop();

  createNode = (name: string, taints: Node["spec"]["taints"] = []): Promise<void> => {
    const spec = taints.length === 0 ? {} : { taints };
    return this.create({ apiVersion: "v1", kind: "Node", metadata: { name }, ...{ spec } });
  };

  async deleteNode(name: string): Promise<void> {
    await this.expect("DELETE", `/api/v1/nodes/${name}`);
  }

  node = (name: string): Promise<Node> => this.expect<Node>("GET", `/api/v1/nodes/${name}`);

  async events(): Promise<readonly Event[]> {
    const { items } = await this.expect<{ readonly items: readonly Event[] }>(
      "GET",
      "/api/v1/namespaces/default/events",
    );
    return items;
  }

  /** Tokens of a pod end with it. */
  async newToken(node: string): Promise<string> {
    const name = `agent-${++this.podCount}`;
    const spec = {
      nodeName: node,
      serviceAccountName: serviceAccount,
      containers: [{ name: "agent", image: "agent" }],
    };
    await this.create({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, ...{ spec } });
    const { status } = await this.expect<{ readonly status: { readonly token: string } }>(
      "POST",
      `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
      { spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name } } },
    );
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    if (this.pod !== undefined) await this.expect("DELETE", `${pods}/${this.pod}?gracePeriodSeconds=0`);
    this.pod = name;
    return status.token;
  }

  async allow(isAllowed: boolean): Promise<void> {
    for (const kind of ["ClusterRole", "Role"]) {
      const binding = this.bindingOf(kind);
      if (isAllowed) await this.create(binding);
      else await this.expect("DELETE", `${collectionOf(binding)}/${binding.metadata.name}`);
    }
  }

  private bindingOf(kind: string): KubernetesObject {
    const name = "gpu-health-node-agent";
    const api = "rbac.authorization.k8s.io";
    const binding = {
      apiVersion: `${api}/v1`,
      kind: `${kind}Binding`,
      metadata: { name, ...(kind === "Role" ? { namespace: "default" } : {}) },
      roleRef: { apiGroup: api, kind, name },
      subjects: [{ kind: "ServiceAccount", name: serviceAccount, namespace }],
    };
    return binding;
  }
}
