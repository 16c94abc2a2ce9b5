import { readFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { parseAllDocuments } from "yaml";
import type { Certificate } from "../../../support/certificates.js";
import { startEtcd } from "../etcd.js";
import { eventually } from "../eventually.js";
import { freePort } from "../free-port.js";
import { inRepository } from "../paths.js";
import { type RunningProcess, start } from "../processes.js";
import { temporaryFile, temporaryFolder } from "../program.js";
import { toolPath } from "../tools.js";
import type { Cluster, Event, Node } from "./cluster.js";
import type { ApiReply, ApiRequest } from "./front.js";

const adminToken = "admin-token";
const namespace = "gpu-health";
const serviceAccount = "node-agent";

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A kube-apiserver with etcd, and the objects of docs/node-agent.md in it. */
export async function realCluster(certificate: Certificate, signingKey: string): Promise<Cluster> {
  const [etcd] = await startEtcd(1);
  if (etcd === undefined) throw new Error("no member of etcd was started");
  const port = await freePort();
  const tokens = temporaryFile("tokens.csv", `${adminToken},admin,1,"system:masters"\n`);
  const args = [
    `--etcd-servers=${etcd.endpoint}`,
    ...["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", `--secure-port=${port}`],
    ...[`--tls-cert-file=${certificate.cert}`, `--tls-private-key-file=${certificate.key}`],
    `--cert-dir=${temporaryFolder("apiserver")}`,
    ...["--service-account-issuer=https://kubernetes.default.svc", `--service-account-key-file=${signingKey}`],
    ...[`--service-account-signing-key-file=${signingKey}`, `--token-auth-file=${tokens}`],
    ...["--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/24"],
    // Pods of these tests are never run, and nodes are never made ready.
    "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
  ];
  const cluster = new RealCluster(port, args);
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

/** Where the API has each kind; the namespace goes in between. */
const collections: Readonly<Record<string, readonly [prefix: string, plural: string]>> = {
  Namespace: ["/api/v1", "namespaces"],
  ServiceAccount: ["/api/v1", "serviceaccounts"],
  Node: ["/api/v1", "nodes"],
  Pod: ["/api/v1", "pods"],
  ClusterRole: ["/apis/rbac.authorization.k8s.io/v1", "clusterroles"],
  Role: ["/apis/rbac.authorization.k8s.io/v1", "roles"],
  ClusterRoleBinding: ["/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"],
  RoleBinding: ["/apis/rbac.authorization.k8s.io/v1", "rolebindings"],
  ValidatingAdmissionPolicy: ["/apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicies"],
  ValidatingAdmissionPolicyBinding: ["/apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings"],
};

function collectionOf({ kind, metadata }: KubernetesObject): string {
  const [prefix, plural] = collections[kind] ?? [];
  if (prefix === undefined) throw new Error(`where the API has a ${kind} is not known here`);
  return metadata.namespace === undefined
    ? `${prefix}/${plural}`
    : `${prefix}/namespaces/${metadata.namespace}/${plural}`;
}

class RealCluster implements Cluster {
  private process: RunningProcess | undefined;
  private pod: string | undefined;
  private podCount = 0;

  constructor(
    private readonly port: number,
    private readonly args: readonly string[],
  ) {}

  readonly handle = ({ method, path, headers, body }: ApiRequest): Promise<ApiReply> =>
    this.send(method, path, body, {
      authorization: headers.authorization ?? "",
      accept: headers.accept ?? "",
      ...(headers["content-type"] === undefined ? {} : { "content-type": headers["content-type"] }),
    });

  async start(): Promise<void> {
    const apiServer = start(toolPath("kube-apiserver"), this.args);
    this.process = apiServer;
    await apiServer.until(async () => {
      const { status, body } = await this.asAdmin("GET", "/readyz");
      return status === 200 ? body : undefined;
    });
  }

  async stop(): Promise<void> {
    await this.process?.kill();
  }

  close = (): Promise<void> => this.stop();

  async create(object: KubernetesObject): Promise<void> {
    await this.expect("POST", collectionOf(object), object);
  }

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

  private async expect<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    // Right after its start the API server knows some of its own objects only in part.
    const answer = await eventually(async () => {
      const given = await this.asAdmin(method, path, body);
      if (given.status >= 500) throw new Error(`${method} ${path}: ${given.status} ${given.body}`);
      return given;
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as T;
  }

  private asAdmin(method: string, path: string, body?: unknown): Promise<ApiReply> {
    const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
    return this.send(method, path, body === undefined ? "" : JSON.stringify(body), headers);
  }

  private send(
    method: string,
    path: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<ApiReply> {
    return new Promise((resolve, reject) => {
      const target = { host: "127.0.0.1", port: this.port, path, method, headers, rejectUnauthorized: false };
      const outgoing = httpsRequest({ ...target, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject).on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      outgoing.on("error", reject).end(body);
    });
  }
}
