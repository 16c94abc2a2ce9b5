import type { Answer, Check } from "../../core/check.js";
import type { Clock } from "../../core/clock.js";
import type { Registry } from "../../core/registry.js";
import { healthy, type Result } from "../../core/result.js";
import type { Supervision, SupervisionCounts } from "../../core/supervision.js";
import { formatDuration } from "../../core/units.js";
import type { Action } from "./action.js";
import { begin, type Event, next, type State, type View } from "./decision.js";
import type { SuperviseReason } from "./reasons.js";
import { viewOf } from "./view.js";

/** What its log lines are named. */
export type RestartEvent =
  | "restart_due"
  | "restarted"
  | "restart_failed"
  | "restart_given_up"
  | "restart_held"
  | "restart_dry_run";

type Say = (event: RestartEvent, message: string, fields: Readonly<Record<string, unknown>>) => void;

export interface SupervisorOptions {
  readonly name: string;
  readonly supervision: Supervision;
  readonly action: Action;
  readonly registry: Registry;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Readonly<Record<"info" | "warn" | "error", Say>>;
}

/** How often the component is looked at. */
const lookMs = 1000;

const nothingFails: View = { hold: undefined, failures: [] };

/** Starts a program anew when it ends, or when its component fails. What it makes of it is a check, for all to see. */
export class Supervisor implements Check {
  /** Of the check and its component. */
  readonly checkName: string;
  private state: State;
  private isStarted = false;
  private isStopped = false;
  private cancelLook = (): void => {};
  private changed = (): void => {};
  private heldFor: string | undefined;
  private readonly restarts = { done: 0, failed: 0, dry_run: 0 };

  constructor(private readonly options: SupervisorOptions) {
    this.checkName = `supervise/${options.name}`;
    this.state = begin(options.clock.nowMs());
  }

  get isOwnProgram(): boolean {
    return this.options.action.isOwn;
  }

  get counts(): SupervisionCounts {
    const { name } = this.options;
    return { name, restarts: { ...this.restarts }, hasGivenUp: this.state.phase.kind === "gave_up" };
  }

  /** Starts a program of our own. Rejects with a sentence where it cannot be started at all. */
  async start(): Promise<void> {
    const { action, clock, name } = this.options;
    try {
      await action.start((how) => this.take({ kind: "ended", why: `${action.what} ended with ${how}` }));
    } catch (error) {
      throw new Error(`supervise.${name}: ${messageOf(error)}`, { cause: error });
    }
    this.isStarted = true;
    this.state = begin(clock.nowMs());
    this.changed();
    this.lookLater();
  }

  /** Ends a program of our own: SIGTERM, then SIGKILL. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelLook();
  }

  /** Ends the supervision and what it started, within `deadlineMs`. */
  async end(deadlineMs: number): Promise<void> {
    await this.stop();
    await this.options.action.stop(deadlineMs);
  }

  kill(): void {
    this.isStopped = true;
    this.options.action.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.options.action.signal(signal);
  }

  subscribe(changed: () => void): () => void {
    this.changed = changed;
    return () => {
      this.changed = () => {};
    };
  }

  run(): Answer {
    return this.isStarted ? { ...this.result(), immediate: true } : [];
  }

  private result(): Result<SuperviseReason | "ok"> {
    const { action, supervision } = this.options;
    const { phase } = this.state;
    switch (phase.kind) {
      case "watching":
        return healthy(action.isOwn ? `${action.what} runs` : `${action.what} is not to be restarted`);
      case "waiting":
        return phase.isDown
          ? { status: "unhealthy", reason: "not_running", message: `${phase.why}; it is about to be started again` }
          : {
              status: "degraded",
              reason: "restart_due",
              message: `${phase.why}; ${action.what} is about to be restarted`,
            };
      case "restarting":
        return {
          status: action.isOwn ? "unhealthy" : "degraded",
          reason: "restarting",
          message: `${phase.why}; ${action.what} is being restarted`,
        };
      case "gave_up": {
        const { maxRestarts, windowMs } = supervision;
        return {
          status: "unhealthy",
          reason: "gave_up",
          message: `${phase.why}; it was restarted ${maxRestarts} times within ${formatDuration(windowMs)}, and is not any more`,
          remedy: `see what ${action.what} says of it, mend that, then restart gpu-health`,
        };
      }
    }
  }

  private lookLater(): void {
    if (this.isStopped) return;
    const { clock } = this.options;
    const { phase } = this.state;
    const untilDueMs = phase.kind === "waiting" ? Math.max(0, phase.untilMs - clock.nowMs()) : lookMs;
    this.cancelLook();
    this.cancelLook = clock.schedule(Math.min(lookMs, untilDueMs), () =>
      this.take({ kind: "look", view: this.look() }),
    );
  }

  private look(): View {
    const { registry, supervision } = this.options;
    if (supervision.component === undefined) return nothingFails;
    const view = viewOf(registry, supervision.component, this.checkName);
    this.sayHeld(view.hold);
    return view;
  }

  private take(event: Event): void {
    if (this.isStopped) return;
    const { clock, random, supervision } = this.options;
    const before = this.state.phase;
    this.state = next(this.state, event, supervision, clock.nowMs(), random());
    const { phase } = this.state;
    if (phase !== before) {
      this.say();
      this.changed();
      if (phase.kind === "restarting") this.restart(phase.why, phase.isDown);
    }
    this.lookLater();
  }

  private restart(why: string, isDown: boolean): void {
    const { action, supervision } = this.options;
    if (supervision.dryRun && !isDown) {
      this.restarts.dry_run += 1;
      this.tell("warn", "restart_dry_run", `${action.what} would be restarted now: ${why}`);
      this.take({ kind: "restarted" });
      return;
    }
    action.restart().then(
      () => {
        this.restarts.done += 1;
        this.tell("info", "restarted", `${action.what} was restarted`);
        this.take({ kind: "restarted" });
      },
      (error: unknown) => {
        this.restarts.failed += 1;
        const message = `restarting ${action.what} failed: ${messageOf(error)}`;
        this.tell("error", "restart_failed", message);
        this.take({ kind: "restart_failed", why: message, isDown: action.isOwn });
      },
    );
  }

  private say(): void {
    const { action, clock, supervision } = this.options;
    const { phase, restartsAtMs } = this.state;
    if (phase.kind === "waiting") {
      const wait = formatDuration(phase.untilMs - clock.nowMs());
      this.tell("warn", "restart_due", `${phase.why}; ${action.what} is restarted in ${wait}`);
    } else if (phase.kind === "gave_up") {
      const { maxRestarts, windowMs } = supervision;
      const message = `${phase.why}; ${action.what} was restarted ${restartsAtMs.length} times within ${formatDuration(windowMs)}, and ${maxRestarts} is the limit: giving up`;
      this.tell("error", "restart_given_up", message);
    }
  }

  private sayHeld(hold: View["hold"]): void {
    if (hold?.reason === this.heldFor) return;
    this.heldFor = hold?.reason;
    if (hold === undefined) return;
    this.tell("warn", "restart_held", `${this.options.action.what} is not restarted: ${hold.why}`, hold.reason);
  }

  private tell(level: "info" | "warn" | "error", event: RestartEvent, message: string, reason?: string): void {
    const { name, log, supervision } = this.options;
    const { component } = supervision;
    log[level](event, message, {
      supervised: name,
      ...(component === undefined ? {} : { component }),
      ...(reason === undefined ? {} : { reason }),
    });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
