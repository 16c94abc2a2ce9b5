import { assertNever } from "../../core/assert-never.js";
import type { Clock } from "../../core/clock.js";
import type { NodeReportingState, NodeWrite, TaintRule } from "../../core/node-reporting.js";
import type { Registry } from "../../core/registry.js";
import { type RetryDelays, retryDelayMs } from "../../core/retry.js";
import { ApiError, type NodeApi } from "./api.js";
import { conditionOf, conditionPatch, nextCondition } from "./condition.js";
import { conditionNotice, taintAdded, taintRemoved } from "./event.js";
import type { EventWriter } from "./event-writer.js";
import type { NodeTaint, NodeView } from "./node.js";
import { holdMs, nextHeartbeatMs } from "./pace.js";
import { isAbout, keyOf, type Remembered, rememberedIn, withRemembered } from "./remembered.js";
import { taintChange, taintStateOf, textOf } from "./taint.js";
import { type NodeVerdict, verdictOf } from "./verdict.js";

export interface NodeAgentOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly api: NodeApi;
  readonly events: EventWriter;
  /** Undefined: no taint is put on the node. */
  readonly taint: TaintRule | undefined;
  /** Whether the GPUs are simulated, which the condition has to say. */
  readonly simulated: () => boolean;
  /** When the machine was booted: milliseconds since 1970. */
  readonly bootedAtWallMs: number;
  readonly log: NodeAgentLog;
}

/** News of the reporting for the log. */
export interface NodeAgentLog {
  /** The condition was written; `isNews` where its status or reason is another one. */
  condition(verdict: NodeVerdict, isNews: boolean): void;
  /** `foreign`: somebody else's, and `kept`: of an earlier configuration, with no right to take it back. */
  taint(change: "added" | "removed" | "foreign" | "kept", taint: string): void;
  /** A fault that the API remembers and the GPUs do not show any more. */
  remembered(remembered: Remembered): void;
  acknowledged(remembered: Remembered): void;
  /** The first failure after a success, and one of another kind: what follows says nothing new. */
  failing(message: string, status: number | undefined): void;
  recovered(): void;
}

/** How often the registry is looked at. A look costs next to nothing while all is well. */
const lookMs = 1000;

/** The API refuses a patch whose node has changed meanwhile, which is tried so often without a wait. */
const maxConflicts = 3;
const retryDelays: RetryDelays = { firstMs: 1000, longestMs: 60_000 };

/**
 * Keeps the Node object of the API in step with the registry: each attempt compares what is there with what is to be, so it
 * does not matter what went wrong before, or in which process. One request at a time.
 */
export class NodeAgent {
  /** As the API last gave it; undefined when it has to be read anew. */
  private node: NodeView | undefined;
  private isOpened = false;
  private remembered: Remembered | undefined;
  /** The newest verdict that the API took. */
  private written: NodeVerdict | undefined;
  /** Since when the verdict is another one than the written. */
  private differsSinceMs: number | undefined;
  private heartbeatAtMs = 0;
  /** Set after a failure. */
  private failures = 0;
  private retryAtMs = 0;
  private problem: { readonly message: string; readonly status: number | undefined } | undefined;
  private lastWriteAtMs: number | undefined;
  /** A taint that is left as it is, of which the log knows. */
  private leftAlone: string | undefined;
  private readonly counts = { condition: { done: 0, failed: 0 }, taint: { done: 0, failed: 0 } };
  /** Called once, when the API has taken a condition. */
  private onTold = (): void => {};
  private readonly abort = new AbortController();
  private inFlight: Promise<void> = Promise.resolve();
  private isBusy = false;
  private cancelLook = (): void => {};

  constructor(private readonly options: NodeAgentOptions) {}

  start(): void {
    this.cancelLook = this.options.clock.schedule(lookMs, () => {
      this.look();
      this.start();
    });
  }

  /**
   * Ends the looking and the request in flight. Nothing is written: a rolling update would make every node `Unknown` for a
   * moment, and `lastHeartbeatTime` says how old the condition is.
   */
  async stop(): Promise<void> {
    this.cancelLook();
    this.abort.abort();
    await this.inFlight;
  }

  /** Resolves when the API has taken a condition of this process, or at the deadline. */
  told(deadlineMs: number): Promise<void> {
    if (this.written !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.options.clock.schedule(deadlineMs, resolve);
      this.onTold = () => {
        cancel();
        resolve();
      };
    });
  }

  /** An operator's word that a fault (undefined: all) is over. */
  acknowledge(fault: string | undefined): void {
    if (this.remembered === undefined || !isAbout(this.remembered, fault)) return;
    this.options.log.acknowledged(this.remembered);
    // What was written for its sake holds no more: until the next verdict is, a taint that was taken away stays away.
    if (this.written?.key === keyOf(this.remembered)) this.written = { ...this.written, fatal: { kind: "unseen" } };
    this.remembered = undefined;
  }

  get state(): NodeReportingState {
    const { clock, events } = this.options;
    const writtenAtMs = Math.max(this.lastWriteAtMs ?? -1, events.lastWriteAtMs ?? -1);
    return {
      writes: { ...this.counts, event: events.counts },
      lastWriteAgeMs: writtenAtMs < 0 ? undefined : clock.nowMs() - writtenAtMs,
      problem: this.problem?.message,
      isTainted: this.node !== undefined && taintStateOf(this.node).kind === "ours",
    };
  }

  private look(): void {
    const { clock } = this.options;
    if (this.isBusy || clock.nowMs() < this.retryAtMs) return;
    const isDue = this.node === undefined || this.isConditionDue(this.node, this.verdict());
    if (!isDue && this.failures === 0 && !this.options.events.hasWaiting) return;
    this.isBusy = true;
    this.inFlight = this.attempt().finally(() => {
      this.isBusy = false;
    });
  }

  private verdict(): NodeVerdict {
    return withRemembered(verdictOf(this.options.registry, this.options.simulated()), this.remembered);
  }

  private async attempt(): Promise<void> {
    try {
      const node = await this.current();
      const verdict = this.verdict();
      if (this.isConditionDue(node, verdict)) await this.writeCondition(node, verdict);
      await this.writeTaint();
      await this.options.events.flush(this.abort.signal);
      this.succeed();
    } catch (error) {
      if (!this.abort.signal.aborted) this.fail(error);
    }
  }

  private async current(): Promise<NodeView> {
    const { api, bootedAtWallMs, log } = this.options;
    this.node ??= await api.get(this.abort.signal);
    if (!this.isOpened) {
      this.isOpened = true;
      this.remembered = rememberedIn(this.node, bootedAtWallMs);
      if (this.remembered !== undefined) log.remembered(this.remembered);
    }
    if (taintStateOf(this.node).kind === "taken_away") this.acknowledge(undefined);
    return this.node;
  }

  private isConditionDue(node: NodeView, verdict: NodeVerdict): boolean {
    const nowMs = this.options.clock.nowMs();
    const { written } = this;
    if (verdict.key === written?.key) {
      this.differsSinceMs = undefined;
      return !says(node, written) || nowMs >= this.heartbeatAtMs;
    }
    this.differsSinceMs ??= nowMs;
    const before = written ?? (conditionOf(node)?.status === verdict.status ? undefined : statedBy(node));
    return nowMs - this.differsSinceMs >= holdMs(before, verdict);
  }

  private async writeCondition(node: NodeView, verdict: NodeVerdict): Promise<void> {
    const { api, clock, random, events, log } = this.options;
    const before = conditionOf(node);
    const condition = nextCondition(before, verdict, clock.wallMs());
    this.node = await this.counted("condition", api.patchStatus(conditionPatch(condition), this.abort.signal));
    if (!says(this.node, verdict)) {
      throw new ApiError("the API took the condition and answers with another one: who changes it?", undefined);
    }
    this.written = verdict;
    this.onTold();
    this.differsSinceMs = undefined;
    this.heartbeatAtMs = clock.nowMs() + nextHeartbeatMs(random);
    log.condition(verdict, before?.status !== verdict.status || before.reason !== verdict.reason);
    const notice = conditionNotice(before, condition);
    if (notice !== undefined) events.add(this.node, notice);
  }

  /** By the verdict that was written last, so that condition and taint agree. */
  private async writeTaint(): Promise<void> {
    for (let conflicts = 0; ; conflicts++) {
      const node = await this.current();
      const fatal = this.written?.fatal;
      if (fatal === undefined || fatal.kind === "unseen") return;
      const fault = fatal.kind === "present" ? fatal.fault : undefined;
      try {
        await this.changeTaint(node, fault);
        return;
      } catch (error) {
        if (this.mayKeepTaint(error, node)) return;
        if (!isConflict(error) || conflicts >= maxConflicts) throw error;
        this.node = undefined;
      }
    }
  }

  private async changeTaint(node: NodeView, fault: string | undefined): Promise<void> {
    const { api, clock, events, log, taint: rule } = this.options;
    const change = taintChange(node, rule, fault, clock.wallMs());
    switch (change.kind) {
      case "none":
        this.leftAlone = undefined;
        return;
      case "foreign":
        this.leaveAlone("foreign", change.taint);
        return;
      case "forget":
        this.node = await this.counted("taint", api.patchNode(change.patch, this.abort.signal));
        return;
      case "add":
        this.node = await this.counted("taint", api.patchNode(change.patch, this.abort.signal));
        events.add(this.node, taintAdded(change.taint));
        log.taint("added", textOf(change.taint));
        return;
      case "remove":
        this.node = await this.counted("taint", api.patchNode(change.patch, this.abort.signal));
        events.add(this.node, taintRemoved(change.taint));
        log.taint("removed", textOf(change.taint));
        return;
      default:
        assertNever(change);
    }
  }

  /** Where no taint is configured the right to write one may be missing, which is no reason to fail: all else is written. */
  private mayKeepTaint(error: unknown, node: NodeView): boolean {
    if (this.options.taint !== undefined || !(error instanceof ApiError) || error.status !== 403) return false;
    const state = taintStateOf(node);
    if (state.kind === "ours") this.leaveAlone("kept", state.taint);
    return true;
  }

  private leaveAlone(why: "foreign" | "kept", taint: NodeTaint): void {
    const text = textOf(taint);
    if (this.leftAlone !== text) this.options.log.taint(why, text);
    this.leftAlone = text;
  }

  private async counted(write: Exclude<NodeWrite, "event">, request: Promise<NodeView>): Promise<NodeView> {
    try {
      const node = await request;
      this.counts[write].done++;
      this.lastWriteAtMs = this.options.clock.nowMs();
      return node;
    } catch (error) {
      if (!this.abort.signal.aborted) this.counts[write].failed++;
      throw error;
    }
  }

  private succeed(): void {
    this.failures = 0;
    if (this.problem === undefined) return;
    this.problem = undefined;
    this.options.log.recovered();
  }

  private fail(error: unknown): void {
    const { clock, random, log } = this.options;
    const message = error instanceof Error ? error.message : String(error);
    const { status, retryAfterMs = 0 } = error instanceof ApiError ? error : { status: undefined };
    const delayMs = Math.max(retryAfterMs, retryDelayMs(this.failures, retryDelays, random()));
    this.failures += 1;
    // What is there now is not known any more.
    this.node = undefined;
    this.retryAtMs = clock.nowMs() + delayMs;
    if (this.problem === undefined || this.problem.status !== status) log.failing(message, status);
    this.problem = { message, status };
  }
}

function says(node: NodeView, { status, reason }: NodeVerdict): boolean {
  const there = conditionOf(node);
  return there?.status === status && there.reason === reason;
}

/** 409 where the object is another one by now, 422 where a test in a JSON patch fails. */
const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 409 || error.status === 422);

/** What an earlier process of this program has said, as far as it matters for how soon to say something else. */
function statedBy(node: NodeView): Pick<NodeVerdict, "status" | "fatal"> | undefined {
  const status = conditionOf(node)?.status;
  if (status !== "True" && status !== "False" && status !== "Unknown") return undefined;
  const taint = taintStateOf(node);
  const fault = taint.kind === "ours" ? taint.taint.value : undefined;
  return { status, fatal: fault === undefined ? { kind: "absent" } : { kind: "present", fault } };
}
