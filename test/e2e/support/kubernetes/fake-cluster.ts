import { FakeKubernetes } from "../../../support/fake-kubernetes.js";
import type { Cluster, Event, Node } from "./cluster.js";

const rights = ["get nodes", "patch nodes", "patch nodes/status", "create events", "patch events"];

/** The documented behaviour, without the program. */
export function fakeCluster(): Cluster {
  const kubernetes = new FakeKubernetes();
  let token = "";
  let isUp = true;
  return {
    async handle({ method, path, headers, body }) {
      if (!isUp) throw new Error("the API server is down");
      if (headers.authorization !== `Bearer ${token}`) {
        const status = { kind: "Status", apiVersion: "v1", status: "Failure", message: "Unauthorized", code: 401 };
        return { status: 401, body: JSON.stringify(status) };
      }
      return kubernetes.handle({ method, path, contentType: headers["content-type"], body });
    },
    async createNode(name, taints) {
      kubernetes.createNode(name, taints.length === 0 ? {} : { taints: taints.map((taint) => ({ ...taint })) });
    },
    async deleteNode(name) {
      kubernetes.nodes.delete(name);
    },
    async node(name) {
      const node = kubernetes.nodes.get(name);
      if (node === undefined) throw new Error(`there is no node ${name}`);
      return node as unknown as Node;
    },
    events: async () => [...kubernetes.events.values()] as unknown as readonly Event[],
    async newToken() {
      token = `token-${Math.random()}`;
      return token;
    },
    async allow(isAllowed) {
      kubernetes.denied.clear();
      if (!isAllowed) for (const right of rights) kubernetes.denied.add(right);
    },
    async stop() {
      isUp = false;
    },
    async start() {
      isUp = true;
    },
    close: async () => {},
  };
}
