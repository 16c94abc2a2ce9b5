import type { Answer, CheckRun, ScheduledCheck } from "../core/check.js";
import type { Clock } from "../core/clock.js";
import type { CheckEntry } from "../core/component.js";
import type { Registry } from "../core/registry.js";
import type { Observation, Result } from "../core/result.js";
import { compareStatus, type Verdict } from "../core/status.js";
import { nextCheckState } from "../core/transition.js";
import { explainsFailure, failed, overdue, stale, timedOut } from "./failure.js";
import type { Slots } from "./slots.js";

export interface TaskOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  /** Uniform in [0, 1); jitter comes from here. */
  readonly random: () => number;
  /** Told of every finished run. */
  readonly onRun: (run: CheckRun) => void;
}

/** A run in progress. */
interface Run {
  readonly startedAtMs: number;
  readonly abort: AbortController;
  /** Resolves when the check's work has ended, in time or not; never rejects. */
  readonly ended: Promise<void>;
  /** `late`: the deadline passed. `reported`: a result was published, and what the check still answers comes too late. */
  phase: "in time" | "late" | "reported";
}

/** One check on its schedule: interval with jitter, deadline, no overlap, and an end to what was said too long ago. */
export class Task {
  /** What is known now, one entry for each subject. */
  private entries: readonly CheckEntry[] = [];
  private run: Run | undefined;
  /** How long the last finished run took. */
  private lastRunMs: number | undefined;
  private isFirstWait = true;
  private isWaitingForSlot = false;
  private isNewsPending = false;
  private isStopped = false;
  private cancelNextRun = () => {};
  private leaveQueue = () => {};
  private cancelDeadline = () => {};
  private cancelExpiry = () => {};
  private unsubscribe = () => {};

  /**
   * `phase`, 0 to 1, makes the second run come earlier by up to half an interval: checks that begin together would else
   * stay together.
   */
  constructor(
    private readonly scheduled: ScheduledCheck,
    private readonly options: TaskOptions,
    private readonly slots: Slots,
    private readonly phase: number,
  ) {}

  start(): void {
    this.unsubscribe = this.scheduled.check.subscribe?.(() => this.onNews()) ?? this.unsubscribe;
    const { initialDelayMs } = this.scheduled.schedule;
    if (initialDelayMs === 0) this.onDue();
    else this.cancelNextRun = this.options.clock.schedule(initialDelayMs, () => this.onDue());
  }

  /** Aborts a run in progress and waits for it, up to its deadline; then frees the check, which has as long for it. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.unsubscribe();
    this.cancelNextRun();
    this.leaveQueue();
    this.cancelExpiry();
    this.run?.abort.abort();
    if (this.run?.phase === "in time") await this.endOrDeadline(this.run);
    this.cancelDeadline();
    await this.free();
  }

  private async free(): Promise<void> {
    const { check, schedule } = this.scheduled;
    let cancel = (): void => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.options.clock.schedule(schedule.timeoutMs, resolve);
    });
    try {
      await Promise.race([check.stop?.(), late]);
    } catch {
      // What cannot be closed is as good as closed: nobody uses it any more.
    }
    cancel();
  }

  private endOrDeadline(run: Run): Promise<void> {
    return new Promise((resolve) => {
      this.cancelDeadline();
      const remainingMs = run.startedAtMs + this.scheduled.schedule.timeoutMs - this.options.clock.nowMs();
      this.cancelDeadline = this.options.clock.schedule(Math.max(0, remainingMs), resolve);
      run.ended.then(resolve);
    });
  }

  /** What the check has learnt by itself waits for nobody. */
  private onNews(): void {
    if (this.run !== undefined) {
      this.isNewsPending = true;
      return;
    }
    this.scheduleNextRun();
    this.leaveQueue();
    this.begin(() => {});
  }

  private onDue(): void {
    this.scheduleNextRun();
    if (this.run === undefined) {
      if (!this.isWaitingForSlot) this.waitForSlot();
    } else if (this.run.phase === "reported") {
      // Never a second run beside the first: say that the first one still has not ended.
      this.publish(this.onEverySubject(overdue(this.options.clock.nowMs() - this.run.startedAtMs)));
    }
  }

  private waitForSlot(): void {
    this.isWaitingForSlot = true;
    const cancel = this.slots.take((leave) => this.begin(leave));
    this.leaveQueue = () => {
      this.isWaitingForSlot = false;
      cancel();
    };
  }

  /** Its deadline counts from here, however long it waited for its slot. `leave` gives the slot back. */
  private begin(leave: () => void): void {
    const { clock } = this.options;
    this.isWaitingForSlot = false;
    this.isNewsPending = false;
    const startedAtMs = clock.nowMs();
    const abort = new AbortController();
    const answer = this.ask(abort.signal);
    if (!(answer instanceof Promise)) {
      leave();
      this.finish(startedAtMs, answer);
      return;
    }
    const ended = answer.then((value) => {
      leave();
      this.settle(run, value);
    });
    const run: Run = { startedAtMs, abort, phase: "in time", ended };
    this.run = run;
    this.cancelDeadline = clock.schedule(this.scheduled.schedule.timeoutMs, () => this.onDeadline(run));
  }

  /** The check's answer; a throw or a rejection becomes an unhealthy result. */
  private ask(signal: AbortSignal): Answer | Promise<Answer> {
    try {
      const answer = this.scheduled.check.run(signal);
      return answer instanceof Promise ? answer.catch((error: unknown) => failed(error)) : answer;
    } catch (error) {
      return failed(error);
    }
  }

  private settle(run: Run, answer: Answer): void {
    this.run = undefined;
    this.cancelDeadline();
    if (this.isStopped) return;
    if (run.phase === "in time" || (run.phase === "late" && explainsFailure(answer))) this.report(run, answer);
    if (this.isNewsPending) this.onNews();
  }

  private onDeadline(run: Run): void {
    run.phase = "late";
    run.abort.abort();
    // A check that ends on the signal knows best how far it got: it has this turn of the event loop to say so.
    setImmediate(() => {
      if (run.phase === "late" && !this.isStopped) this.report(run, timedOut(this.scheduled.schedule.timeoutMs));
    });
  }

  private report(run: Run, answer: Answer): void {
    run.phase = "reported";
    this.finish(run.startedAtMs, answer);
  }

  private finish(startedAtMs: number, answer: Answer): void {
    const durationMs = this.options.clock.nowMs() - startedAtMs;
    this.lastRunMs = durationMs;
    const observations = "status" in answer ? this.onEverySubject(answer) : answer;
    this.publish(observations);
    const outcome = worst(observations);
    if (outcome === undefined) return;
    this.options.onRun({ check: this.scheduled.name, type: this.scheduled.type, durationMs, outcome });
  }

  /** A result of the whole run says the same of every subject that is known. */
  private onEverySubject(result: Result): readonly Observation[] {
    if (this.entries.length === 0) return [{ result }];
    return this.entries.map(({ subject }) => (subject === undefined ? { result } : { subject, result }));
  }

  private publish(observations: readonly Observation[]): void {
    const { clock, registry } = this.options;
    const { name, type, schedule } = this.scheduled;
    const lastRun = this.lastRunMs === undefined ? {} : { lastRunMs: this.lastRunMs };
    const hasAnswered = this.entries.length > 0;
    this.entries = observations.map(({ subject, result, observedAtMs }) => {
      const previous = this.entries.find((entry) => entry.subject?.name === subject?.name);
      const state = nextCheckState(previous?.state, result, schedule, observedAtMs ?? clock.nowMs());
      return { check: name, type, ...(subject === undefined ? {} : { subject }), state, ...lastRun };
    });
    this.scheduleExpiry();
    // Before its first answer a check has said nothing: after a reload, what was said before it holds until then.
    if (!hasAnswered && this.entries.length === 0) return;
    registry.publish(name, this.entries);
  }

  private scheduleNextRun(): void {
    const { intervalMs, jitter } = this.scheduled.schedule;
    const varied = intervalMs * (1 + jitter * (2 * this.options.random() - 1));
    const delayMs = this.isFirstWait ? varied * (1 - this.phase / 2) : varied;
    this.isFirstWait = false;
    this.cancelNextRun();
    this.cancelNextRun = this.options.clock.schedule(delayMs, () => this.onDue());
  }

  /** After two missed intervals and a deadline (a suspended machine, a blocked event loop) what was said is no data. */
  private scheduleExpiry(): void {
    const { intervalMs, jitter, timeoutMs } = this.scheduled.schedule;
    const validMs = 2 * intervalMs * (1 + jitter) + timeoutMs;
    this.cancelExpiry();
    this.cancelExpiry = this.options.clock.schedule(validMs, () => this.publish(this.onEverySubject(stale(validMs))));
  }
}

function worst(observations: readonly Observation[]): Verdict | undefined {
  const [first, ...rest] = observations.map(({ result }) => result.status);
  return rest.reduce((a, b) => (compareStatus(b, a ?? b) > 0 ? b : a), first);
}
