import type { ServerInterceptor } from "@grpc/grpc-js";
import { assertNever } from "../core/assert-never.js";
import type { Component } from "../core/registry.js";
import type { ReloadOutcome } from "../core/reload.js";
import type { Report } from "../core/report.js";
import type { Verdict } from "../core/status.js";
import type { ApplicationLoad } from "../outputs/grpc/load-report.js";
import { addHealthService, type ServiceHost } from "../outputs/grpc/mount.js";
import { addReflection } from "../outputs/grpc/reflection.js";
import { createRouter, type Router, type RouterOptions } from "../outputs/http/router.js";
import { maxReports } from "../runtime/monitor.js";
import type { Addresses, Server } from "../runtime/server.js";
import type { ConfigurationInput } from "./configuration-input.js";
import { type HealthEvents, listen } from "./events.js";
import type { Health, StatusOptions } from "./health.js";
import { keptAwake } from "./kept-awake.js";
import { componentReport, heartbeatReport, sentence } from "./status-by-hand.js";

const defaultDeadlineMs = 1000;

/** A server of the runtime in the hands of a host program. */
export class EmbeddedHealth implements Health {
  private closing: Promise<void> | undefined;
  private reloading: Promise<unknown> = Promise.resolve();
  private readonly loadReportHosts = new WeakSet<ServiceHost>();

  constructor(
    private readonly server: Server,
    readonly addresses: Addresses,
    /** Makes this what is read at the next reload, and gives what it was. */
    private readonly useConfig: (config: string | ConfigurationInput) => string | ConfigurationInput,
    private readonly onClosed: () => void,
  ) {}

  get interceptor(): ServerInterceptor {
    return this.server.methods.interceptor;
  }

  get(component: string): Component | undefined {
    return this.server.monitor.registry.get(component);
  }

  list(): readonly Component[] {
    return [...this.server.monitor.registry.list()];
  }

  setStatus(component: string, status: Verdict, reason?: string, options: StatusOptions = {}): void {
    const outcome = this.server.monitor.report(component, componentReport(component, status, reason, options));
    switch (outcome) {
      case "accepted":
        return;
      case "name_taken":
        throw new Error(`checks decide the component ${component}: set one by hand that is not configured or built in`);
      case "too_many":
        throw new Error(`${maxReports} components are set by hand, as many as there may be: clear those that are gone`);
      default:
        assertNever(outcome);
    }
  }

  clearStatus(component: string): boolean {
    return this.server.monitor.withdraw(component);
  }

  heartbeat(check: string, report: Partial<Report> = {}): void {
    if (this.server.monitor.receive(check, heartbeatReport(report))) return;
    const names = this.server.monitor.receiverNames;
    const known = names.length === 0 ? "none is configured" : `configured are ${names.join(", ")}`;
    throw new Error(`there is no check ${check} of type heartbeat: ${known}`);
  }

  drain(message = "drained by the program"): void {
    this.server.monitor.registry.drain(sentence(message));
  }

  undrain(): void {
    this.server.monitor.registry.undrain();
  }

  on<Name extends keyof HealthEvents>(event: Name, listener: (event: HealthEvents[Name]) => void): () => void {
    return listen(this.server.monitor.registry, event, listener);
  }

  addToServer(server: ServiceHost): void {
    addHealthService(server, this.server.methods);
  }

  addLoadReports(server: ServiceHost, application?: () => ApplicationLoad): void {
    this.server.createLoadReports(application).addTo(server);
    this.loadReportHosts.add(server);
  }

  addReflection(server: ServiceHost): void {
    addReflection(server, () => (this.loadReportHosts.has(server) ? ["health", "loadReports"] : ["health"]));
  }

  router(options?: RouterOptions): Router {
    return createRouter(this.server.endpoints, options);
  }

  metrics(): Promise<{ readonly contentType: string; readonly body: string }> {
    return this.server.metrics.text();
  }

  reload(config?: string | ConfigurationInput): Promise<ReloadOutcome> {
    // One after the other: each takes its own configuration, and of one that is refused nothing is left for the next.
    const reloaded = this.reloading.then(async () => {
      const before = config === undefined ? undefined : this.useConfig(config);
      const outcome = await this.server.reload("program");
      if (!outcome.ok && before !== undefined) this.useConfig(before);
      return outcome;
    });
    this.reloading = reloaded;
    return reloaded;
  }

  close(deadlineMs = defaultDeadlineMs): Promise<void> {
    this.closing ??= keptAwake(async () => {
      this.server.turnAway("the program has closed its health");
      await this.server.close(deadlineMs);
      this.onClosed();
    });
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
