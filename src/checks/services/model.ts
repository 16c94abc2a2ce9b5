import { present, unsupported } from "../../core/result.js";
import { type CheckContext, defineCheck } from "../check-type.js";
import { type Ask, isSuccess, withHttpApi } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import { withTimeLimit } from "../common/time-limit.js";
import { type Check, CheckError, type Result } from "../result.js";
import { answerCanary } from "./model-canary.js";
import { lookAtWork, type WorkLook } from "./model-metrics.js";
import { type ModelOptions, modelOptions } from "./model-options.js";
import { type Progress, ProgressRecord } from "./model-progress.js";
import type { ModelServer, ModelState } from "./model-server.js";
import { servers } from "./model-servers.js";
import { busy, canaryLate, type Finding, notReady, served, stuck } from "./model-verdict.js";

export const model = defineCheck<ModelOptions>({
  type: "model",
  summary:
    "A model server is ready and has the model loaded; with `canary` it also answers an inference. A server that is slow while its own counters advance is busy, which is degraded; one that has requests and does nothing is stuck.",
  reasons: ["connections", "tls", "models", "protocol_error", "secret_unreadable"],
  options: modelOptions,
  schedule: { intervalMs: 10_000, timeoutMs: 5000 },
  readings: {
    responseSeconds: {
      metric: "model_response",
      unit: "seconds",
      help: "Time until the server said that it is ready.",
    },
    canarySeconds: {
      metric: "model_canary",
      unit: "seconds",
      help: "Time of the canary inference, where one was made.",
    },
    runningRequests: {
      metric: "model_running_requests",
      unit: "count",
      help: "Requests that the server works on, by its own metrics.",
    },
    waitingRequests: {
      metric: "model_waiting_requests",
      unit: "count",
      help: "Requests in the server's queue, by its own metrics.",
    },
    quietSeconds: {
      metric: "model_quiet",
      unit: "seconds",
      help: "For how long the server has had requests and none of its counters advanced.",
    },
  },
  create: (given, context) => new ModelCheck(given, context),
});

/** Shares of the deadline: the first look at the metrics, and all that is asked; the rest is for the last look. */
const shares = { firstLook: 0.3, questions: 0.8 };

/** What the server said of itself, and how long it took to say that it is ready. */
interface Told {
  readonly state: ModelState;
  readonly responseMs: number;
}

/** What one run has found out so far. */
interface Evidence extends Told {
  readonly look: WorkLook | undefined;
  readonly progress: Progress | undefined;
  readonly canaryMs?: number;
}

class ModelCheck implements Check {
  private readonly server: ModelServer;
  private readonly record = new ProgressRecord();
  /** A canary was not answered, and nothing has been done since. */
  private isSuspect = false;

  constructor(
    private readonly given: ModelOptions,
    private readonly context: CheckContext,
  ) {
    this.server = servers[given.server];
  }

  run(signal: AbortSignal): Promise<Result> {
    return withHttpApi(this.given, { clock: this.context.clock, signal }, (ask) => this.judge(ask, signal));
  }

  private async judge(ask: Ask, signal: AbortSignal): Promise<Result> {
    const startedAtMs = this.context.clock.nowMs();
    const [firstLook, told] = await Promise.all([
      this.limited(shares.firstLook, signal, (own) => this.look(ask, own)),
      this.limited(shares.questions, signal, (own) => this.askServer(ask, own)).catch(asTimeout),
    ]);
    if (told instanceof CheckError) {
      const before = this.observe(firstLook);
      const after = this.observe(await this.look(ask, signal));
      if (before?.hasAdvanced || after?.hasAdvanced) return busy(this.server.title, told);
      throw told;
    }
    const look = withWaiting(firstLook, told.state.waiting);
    const evidence: Evidence = { ...told, look, progress: this.observe(look) };
    const { problem } = told.state;
    if (problem?.status === "unhealthy") return this.result(problem, evidence);
    const quiet = stuck(this.server.title, this.given, evidence.progress);
    if (quiet !== undefined) return this.result(quiet, evidence);
    const good = problem ?? served(this.server.title, this.given, evidence.progress);
    if (this.given.canary === undefined || evidence.progress?.hasAdvanced) return this.result(good, evidence);
    const elapsedMs = this.context.clock.nowMs() - startedAtMs;
    const leftShare = Math.max(0, shares.questions - elapsedMs / this.context.timeoutMs);
    return this.judgeCanary(ask, { signal, leftShare }, good, evidence);
  }

  /** Nobody else keeps the server busy, so it must answer an inference of ours. */
  private async judgeCanary(
    ask: Ask,
    { signal, leftShare }: { readonly signal: AbortSignal; readonly leftShare: number },
    good: Finding,
    evidence: Evidence,
  ): Promise<Result> {
    const outcome = await this.limited(leftShare, signal, (own) =>
      answerCanary(this.server, this.given, (url, question) => ask(url, { ...question, signal: own })),
    ).catch(asTimeout);
    const lastLook = await this.look(ask, signal);
    if (!(outcome instanceof CheckError)) {
      this.record.restart(lastLook, this.context.clock.nowMs());
      this.isSuspect = false;
      const finding = outcome.finding ?? { ...good, message: `${good.message}; ${outcome.message}` };
      return this.result(finding, { ...evidence, canaryMs: outcome.elapsedMs });
    }
    const after = this.observe(withWaiting(lastLook, evidence.look?.waiting));
    const finding = canaryLate(outcome, {
      title: this.server.title,
      before: evidence.progress,
      after,
      isSuspect: this.isSuspect,
    });
    this.isSuspect = finding.status === "unhealthy";
    return this.result(finding, evidence);
  }

  /** Whether the server is ready, and the model loaded. */
  private async askServer(ask: Ask, signal: AbortSignal): Promise<Told> {
    const get = (url: URL) => ask(url, { signal });
    const ready = await get(urlBelow(this.given.url, this.server.readyPath));
    const state = isSuccess(ready.response)
      ? await this.server.look(this.given, this.given, get)
      : { problem: notReady(this.server.title, ready) };
    return { state, responseMs: ready.elapsedMs };
  }

  private look(ask: Ask, signal: AbortSignal): Promise<WorkLook | undefined> {
    return lookAtWork(this.server.metrics, this.given, this.given.model, (url) => ask(url, { signal }));
  }

  private observe(look: WorkLook | undefined): Progress | undefined {
    const progress = this.record.observe(look, this.context.clock.nowMs());
    if (progress?.hasAdvanced) this.isSuspect = false;
    return progress;
  }

  private limited<T>(share: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.context;
    return withTimeLimit(share * timeoutMs, { clock, signal }, work);
  }

  private result({ status, reason, message, remedy }: Finding, evidence: Evidence): Result {
    const { state, responseMs, look, progress, canaryMs } = evidence;
    const optional = (value: number | undefined) => (value === undefined ? unsupported : present(value));
    return {
      status,
      reason,
      message,
      ...(remedy === undefined ? {} : { remedy }),
      readings: {
        responseSeconds: present(responseMs / 1000),
        canarySeconds: optional(canaryMs === undefined ? undefined : canaryMs / 1000),
        runningRequests: optional(look?.running),
        waitingRequests: optional(look?.waiting ?? state.waiting),
        quietSeconds: optional(progress?.inHand === undefined ? undefined : progress.quietMs / 1000),
      },
      metadata: { server: this.given.server, ...state.metadata },
    };
  }
}

/** What is only late is judged by the server's progress; any other error ends the run. */
function asTimeout(error: unknown): CheckError {
  if (error instanceof CheckError && error.reason === "timeout") return error;
  throw error;
}

const withWaiting = (look: WorkLook | undefined, waiting: number | undefined): WorkLook | undefined =>
  look === undefined ? undefined : { ...look, waiting: look.waiting ?? waiting };
