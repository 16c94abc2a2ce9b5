import { request as httpsRequest } from "node:https";
import type { Certificate } from "../../../support/certificates.js";
import { startEtcd } from "../etcd.js";
import { eventually } from "../eventually.js";
import { freePort } from "../free-port.js";
import { type RunningProcess, start } from "../processes.js";
import { temporaryFile, temporaryFolder } from "../program.js";
import { toolPath } from "../tools.js";
import type { ApiReply } from "./front.js";

const adminToken = "admin-token";

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** How to start a kube-apiserver with an etcd of its own. */
export interface ApiServerOptions {
  readonly port: number;
  readonly args: readonly string[];
}

/** Starts the etcd. `certificate` is what the API server shows, `signingKey` the file of the key of its tokens. */
export async function apiServerOptions(certificate: Certificate, signingKey: string): Promise<ApiServerOptions> {
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
  return { port, args };
}

/** Where the API has each kind; the namespace goes in between. */
const collections: Readonly<Record<string, readonly [prefix: string, plural: string]>> = {
  Namespace: ["/api/v1", "namespaces"],
  ServiceAccount: ["/api/v1", "serviceaccounts"],
  ConfigMap: ["/api/v1", "configmaps"],
  Service: ["/api/v1", "services"],
  Node: ["/api/v1", "nodes"],
  Pod: ["/api/v1", "pods"],
  DaemonSet: ["/apis/apps/v1", "daemonsets"],
  Deployment: ["/apis/apps/v1", "deployments"],
  NetworkPolicy: ["/apis/networking.k8s.io/v1", "networkpolicies"],
  PodDisruptionBudget: ["/apis/policy/v1", "poddisruptionbudgets"],
  ClusterRole: ["/apis/rbac.authorization.k8s.io/v1", "clusterroles"],
  Role: ["/apis/rbac.authorization.k8s.io/v1", "roles"],
  ClusterRoleBinding: ["/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"],
  RoleBinding: ["/apis/rbac.authorization.k8s.io/v1", "rolebindings"],
  ValidatingAdmissionPolicy: ["/apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicies"],
  ValidatingAdmissionPolicyBinding: ["/apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings"],
};

export function collectionOf({ kind, metadata }: KubernetesObject): string {
  const [prefix, plural] = collections[kind] ?? [];
  if (prefix === undefined) throw new Error(`where the API has a ${kind} is not known here`);
  return metadata.namespace === undefined
    ? `${prefix}/${plural}`
    : `${prefix}/namespaces/${metadata.namespace}/${plural}`;
}

/** A real kube-apiserver, which an administrator talks to. */
export class ApiServer {
  private process: RunningProcess | undefined;

  constructor(private readonly options: ApiServerOptions) {}

  async start(): Promise<void> {
    const apiServer = start(toolPath("kube-apiserver"), this.options.args);
    this.process = apiServer;
    await apiServer.until(async () => {
      const { status, body } = await this.asAdmin("GET", "/readyz");
      return status === 200 ? body : undefined;
    });
  }

  async stop(): Promise<void> {
    await this.process?.kill();
  }

  async create(object: KubernetesObject): Promise<void> {
    await this.expect("POST", collectionOf(object), object);
  }

  /** Goes through all that it would do to create the object, and creates nothing. Rejects with its complaint. */
  async tryCreate(object: KubernetesObject): Promise<void> {
    await this.expect("POST", `${collectionOf(object)}?dryRun=All&fieldValidation=Strict`, object);
  }

  async expect<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    // Right after its start the API server knows some of its own objects only in part.
    const answer = await eventually(async () => {
      const given = await this.asAdmin(method, path, body);
      if (given.status >= 500) throw new Error(`${method} ${path}: ${given.status} ${given.body}`);
      return given;
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as T;
  }

  send(method: string, path: string, body: string, headers: Readonly<Record<string, string>>): Promise<ApiReply> {
    return new Promise((resolve, reject) => {
      const target = { host: "127.0.0.1", port: this.options.port, path, method, headers, rejectUnauthorized: false };
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

  private asAdmin(method: string, path: string, body?: unknown): Promise<ApiReply> {
    const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
    return this.send(method, path, body === undefined ? "" : JSON.stringify(body), headers);
  }
}
