import type { TaintRule } from "../../../src/core/node-reporting.js";
import type { Result } from "../../../src/core/result.js";
import { NodeAgent, type NodeAgentLog } from "../../../src/outputs/kubernetes/agent.js";
import { type ApiAnswer, type ApiRequest, NodeApi } from "../../../src/outputs/kubernetes/api.js";
import { EventWriter } from "../../../src/outputs/kubernetes/event-writer.js";
import { FakeKubernetes } from "../../support/fake-kubernetes.js";
import { GpuRegistry } from "../../support/gpu-registry.js";

export const rule: TaintRule = { key: "gpu-health/unhealthy", effect: "NoSchedule" };

/** A fatal fault that is told as an event. */
export const xid = (code: number, gpu = 0): Result => ({
  status: "unhealthy",
  reason: `xid_${code}`,
  message: `gpu/${gpu} fell off the bus (XID ${code})`,
  remedy: "drain the node and reboot it",
  immediate: true,
  mendedByRestart: false,
});

/** What happens to a request in place of an answer by the API. */
export type Disturbance = (request: ApiRequest, signal: AbortSignal) => Promise<ApiAnswer> | undefined;

/** An agent, its API and its GPUs, with time in the hands of the test. */
export class AgentHarness {
  readonly gpus = new GpuRegistry();
  readonly kubernetes = new FakeKubernetes();
  readonly said: string[] = [];
  disturbance: Disturbance = () => undefined;
  agent: NodeAgent;
  private ids = 0;

  constructor(readonly taint?: TaintRule) {
    this.kubernetes.createNode("node-1");
    this.agent = this.newAgent();
  }

  get clock() {
    return this.gpus.clock;
  }

  /** As a new process of the same pod: nothing is known. */
  newAgent(given: { readonly taint?: TaintRule | undefined; readonly bootedAtWallMs?: number } = {}): NodeAgent {
    const { taint, bootedAtWallMs = 0 } = { taint: this.taint, ...given };
    const { clock } = this;
    const api = new NodeApi("node-1", (request, signal) => this.send(request, signal), clock);
    const events = new EventWriter({
      api,
      clock,
      newId: () => String(++this.ids),
      refused: (message) => this.said.push(`refused ${message}`),
    });
    this.agent = new NodeAgent({
      registry: this.gpus.registry,
      clock,
      random: () => 0.5,
      api,
      events,
      taint,
      simulated: () => false,
      bootedAtWallMs,
      log: this.log,
    });
    return this.agent;
  }

  /** Second by second, with all that the agent does in each. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.clock.advance(1000);
      await settled();
    }
  }

  /** The requests since the last time. */
  requests(): readonly string[] {
    return this.kubernetes.requests.splice(0).map((each) => each.replace("/api/v1/", ""));
  }

  get node() {
    const node = this.kubernetes.nodes.get("node-1");
    if (node === undefined) throw new Error("the node is gone");
    return node;
  }

  get condition(): Record<string, unknown> | undefined {
    return this.node.status.conditions?.find(({ type }) => type === "GPUHealthy");
  }

  /** As `kubectl` shows them. */
  get taints(): readonly string[] {
    return (this.node.spec.taints ?? []).map(({ key, value, effect }) => `${key}=${value ?? ""}:${effect}`);
  }

  get events(): readonly string[] {
    return [...this.kubernetes.events.values()].map(({ type, reason, count }) => `${type} ${reason} ${count}`);
  }

  private async send(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    const disturbed = this.disturbance(request, signal);
    if (disturbed !== undefined) return disturbed;
    return { retryAfter: undefined, ...this.kubernetes.handle(request) };
  }

  private readonly log: NodeAgentLog = {
    condition: ({ status, reason }, isNews) => {
      if (isNews) this.said.push(`condition ${status} ${reason}`);
    },
    taint: (change, taint) => this.said.push(`taint ${change} ${taint}`),
    remembered: ({ reason }) => this.said.push(`remembered ${reason}`),
    acknowledged: ({ reason }) => this.said.push(`acknowledged ${reason}`),
    failing: (message) => this.said.push(`failing ${message}`),
    recovered: () => this.said.push("recovered"),
  };
}

/** Lets every promise that can go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const answer = (status: number, body: unknown = {}, retryAfter?: string): Promise<ApiAnswer> =>
  Promise.resolve({ status, retryAfter, body: typeof body === "string" ? body : JSON.stringify(body) });
