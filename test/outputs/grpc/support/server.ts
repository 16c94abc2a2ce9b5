import { onTestFinished } from "vitest";
import type { ComponentDefinition } from "../../../../src/core/component.js";
import { ProbeCounts } from "../../../../src/core/probe-counts.js";
import { Registry } from "../../../../src/core/registry.js";
import type { Verdict } from "../../../../src/core/status.js";
import { nextCheckState } from "../../../../src/core/transition.js";
import { HealthMethods } from "../../../../src/outputs/grpc/health-methods.js";
import { createGrpcServer, type GrpcServer, type GrpcServerOptions } from "../../../../src/outputs/grpc/server.js";
import { ManualClock } from "../../../support/manual-clock.js";

/** A registry in which each component has one check of its own name, so that a test sets a status in one call. */
export class SimpleRegistry {
  readonly clock = new ManualClock();
  readonly registry = new Registry(this.clock);

  serve(...names: readonly string[]): void {
    const about: Omit<ComponentDefinition, "name" | "critical"> = { optional: [], carriesTraffic: true };
    this.registry.define(names.map((name) => ({ name, critical: [name], ...about })));
  }

  set(name: string, status: Verdict): void {
    const result = { status, reason: status, message: `${name} is ${status}` };
    const thresholds = { failureThreshold: 1, successThreshold: 1 };
    const state = nextCheckState(undefined, result, thresholds, this.clock.nowMs());
    this.registry.publish(name, [{ check: name, type: "test", state }]);
  }
}

type TestServerOptions = Partial<GrpcServerOptions & { readonly maxWatchers: number }>;

/** A server at work, stopped at the end of the test. */
export class TestServer {
  readonly probeCounts = new ProbeCounts();
  readonly methods: HealthMethods;
  readonly server: GrpcServer;
  private bound: readonly string[] = [];

  private constructor(
    readonly health: SimpleRegistry,
    { maxWatchers = 1000, ...options }: TestServerOptions,
  ) {
    this.methods = new HealthMethods({ source: health.registry, probeCounts: this.probeCounts, maxWatchers });
    this.server = createGrpcServer({
      methods: this.methods,
      clock: health.clock,
      listen: [{ address: "127.0.0.1:0" }],
      maxConnections: 1000,
      maxConnectionsPerAddress: 1000,
      onListenerEvent: () => {},
      keepalive: { intervalMs: 60_000, timeoutMs: 60_000 },
      ...options,
    });
  }

  /** With the components "", which serves, and `model`, which does not. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const health = new SimpleRegistry();
    health.serve("", "model");
    health.set("", "healthy");
    health.set("model", "unhealthy");
    const server = new TestServer(health, options);
    server.bound = await server.server.start();
    onTestFinished(() => server.stopNow());
    return server;
  }

  /** Where it listens, in the order of `listen`. */
  get addresses(): readonly string[] {
    return this.bound;
  }

  get address(): string {
    const [first] = this.bound;
    if (first === undefined) throw new Error("the server is not bound");
    return first;
  }

  get port(): number {
    return Number(this.address.slice(this.address.lastIndexOf(":") + 1));
  }

  /** Breaks off what is still open. */
  async stopNow(): Promise<void> {
    const stopped = this.server.stop(0);
    // The deadline is set within the call, or a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    this.health.clock.advance(0);
    await stopped;
  }
}
