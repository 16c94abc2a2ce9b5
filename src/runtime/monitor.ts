import type { AnyCheckType, CheckContext } from "../checks/check-type.js";
import { discreet } from "../checks/discreet.js";
import type { CheckConfiguration, Configuration } from "../config/configuration.js";
import type { Check, CheckRun, ScheduledCheck } from "../core/check.js";
import { Registry } from "../core/registry.js";
import type { Report } from "../core/report.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { checkSet, difference, mayHaveGpus } from "./check-set.js";
import { componentDefinitions } from "./components.js";
import { type ComponentReport, ReportCheck, scheduledReport } from "./reports.js";

/** Components set by hand, at most. Far more than a service has parts; a program that invents names must find an end. */
export const maxReports = 500;

export interface MonitorOptions {
  readonly configuration: Configuration;
  /** The check types that the configuration may name. */
  readonly checkTypes: readonly AnyCheckType[];
  /** What every check may use; the deadline is each check's own. */
  readonly context: Omit<CheckContext, "timeoutMs">;
  readonly onRun: (run: CheckRun) => void;
}

/** A program that is started anew, and what its supervisor says of it. */
export interface Supervised extends Check {
  readonly checkName: string;
  readonly isOwnProgram: boolean;
}

/** The registry and what fills it: the configured checks on the scheduler, and the components made of them. */
export class Monitor {
  readonly registry: Registry;
  private readonly scheduler: Scheduler;
  private configuration: Configuration;
  private hasGpus: boolean;
  private readonly running = new Map<string, CheckConfiguration>();
  /** Checks that wait for reports, by name. */
  private readonly receivers = new Map<string, Check>();
  private readonly reports = new Map<string, ReportCheck>();
  private supervised: readonly Supervised[] = [];
  private unsubscribe = (): void => {};

  constructor(private readonly options: MonitorOptions) {
    const { configuration, context, onRun } = options;
    this.configuration = configuration;
    this.hasGpus = mayHaveGpus(context.gpus.library());
    this.registry = new Registry(context.clock);
    this.scheduler = new Scheduler({ registry: this.registry, clock: context.clock, random: Math.random, onRun });
  }

  /** To be called before the start: each of these becomes a component; readiness depends on programs of our own. */
  supervise(supervised: readonly Supervised[]): void {
    this.supervised = supervised;
    for (const check of supervised) this.scheduler.add(scheduledReport(check.checkName, check));
  }

  /** The components are there when this returns; their first results come with the checks. */
  start(): void {
    // Before the checks do: where there is no library, the default GPU check goes before it says so.
    this.unsubscribe = this.options.context.gpus.subscribe(() => this.onGpuNews());
    this.arrange();
  }

  /** Waits for runs in progress, each up to its deadline. */
  async stop(): Promise<void> {
    this.unsubscribe();
    await this.scheduler.stop();
  }

  /**
   * Takes a new configuration's checks and components. What did not change keeps its state and its watchers. A component
   * that was set by hand and is configured now is its checks' to decide: two sources of one name would take turns.
   */
  reconfigure(configuration: Configuration): void {
    this.arrange(configuration);
  }

  /**
   * Sets a component by hand, or changes what was set. `name_taken` when checks decide the component of this name, or
   * could: `gpu` and `gpu/…` are for GPUs.
   */
  report(name: string, report: ComponentReport): "accepted" | "name_taken" | "too_many" {
    const known = this.reports.get(name);
    if (known !== undefined) {
      known.replace(report);
      return "accepted";
    }
    if (this.registry.get(name) !== undefined || name === "gpu" || name.startsWith("gpu/")) return "name_taken";
    if (this.reports.size >= maxReports) return "too_many";
    const check = new ReportCheck(report, this.options.context.clock);
    this.reports.set(name, check);
    this.scheduler.add(scheduledReport(reportName(name), check));
    this.define();
    return "accepted";
  }

  /** Takes back what was set by hand. False when nothing was. */
  withdraw(name: string): boolean {
    if (!this.takeBack(name)) return false;
    this.define();
    return true;
  }

  /** Hands a report to the check that waits for it. False where no check of this name does. */
  receive(check: string, report: Report): boolean {
    const receiver = this.receivers.get(check);
    receiver?.receive?.(report);
    return receiver !== undefined;
  }

  /** The names of the checks that wait for reports. */
  get receiverNames(): readonly string[] {
    return [...this.receivers.keys()];
  }

  private takeBack(name: string): boolean {
    if (!this.reports.delete(name)) return false;
    void this.scheduler.remove(reportName(name));
    return true;
  }

  /** Whether there is an NVML library is known only some time after the start. */
  private onGpuNews(): void {
    const hasGpus = mayHaveGpus(this.options.context.gpus.library());
    if (hasGpus === this.hasGpus) return;
    this.hasGpus = hasGpus;
    this.arrange();
  }

  /** All or nothing: where a check cannot be made, what runs goes on as it was. */
  private arrange(configuration = this.configuration): void {
    const { traffic, builtIn } = checkSet(configuration, this.hasGpus);
    const { toRemove, toAdd } = difference(this.running, [...traffic, ...builtIn]);
    const added = this.make(toAdd);
    this.configuration = configuration;
    for (const { name } of configuration.components) this.takeBack(name);
    const isStart = this.running.size === 0;
    for (const name of toRemove) {
      this.running.delete(name);
      this.receivers.delete(name);
      void this.scheduler.remove(name);
    }
    this.define();
    for (const { check, scheduled } of added) {
      this.running.set(check.name, check);
      if (scheduled.check.receive !== undefined) this.receivers.set(check.name, scheduled.check);
      this.scheduler.add(isStart ? scheduled : withoutDelay(scheduled));
    }
  }

  /** Makes the checks, or throws and leaves none of them behind. */
  private make(checks: readonly CheckConfiguration[]): { check: CheckConfiguration; scheduled: ScheduledCheck }[] {
    const made: ReturnType<typeof this.make> = [];
    try {
      for (const check of checks) made.push({ check, scheduled: this.scheduled(check) });
      return made;
    } catch (error) {
      // One that cannot be freed either must not hide why.
      for (const { scheduled } of made) void (async () => scheduled.check.stop?.())().catch(() => {});
      throw error;
    }
  }

  private define(): void {
    const { traffic, builtIn } = checkSet(this.configuration, this.hasGpus);
    const { components } = this.configuration;
    const definitions = componentDefinitions({
      checks: [...traffic, ...this.supervised.filter(({ isOwnProgram }) => isOwnProgram).map(namedCheck)],
      builtInChecks: builtIn,
      components,
      reported: [
        ...[...this.reports.keys()].map((name) => ({ name, check: reportName(name) })),
        ...this.supervised.map(({ checkName }) => ({ name: checkName, check: checkName })),
      ],
    });
    this.registry.define(definitions, new Map([...traffic, ...builtIn].map(({ name, about }) => [name, about])));
  }

  private scheduled({ name, type, schedule, options, secrets }: CheckConfiguration): ScheduledCheck {
    const checkType = this.options.checkTypes.find((each) => each.type === type);
    if (checkType === undefined) throw new Error(`check ${name} has the type ${type}, which nobody defined`);
    const context = { ...this.options.context, timeoutMs: schedule.timeoutMs };
    return { name, type, schedule, check: discreet(checkType.create(options, context), secrets) };
  }
}

/** What was said before a reload is served until its checks have answered, so that must not take an `initialDelay`. */
const withoutDelay = (scheduled: ScheduledCheck): ScheduledCheck => ({
  ...scheduled,
  schedule: { ...scheduled.schedule, initialDelayMs: 0 },
});

const namedCheck = ({ checkName }: Supervised) => ({ name: checkName, type: "supervise" });

/** A slash keeps it apart from the names of configured checks. */
const reportName = (component: string): string => `reported/${component}`;
