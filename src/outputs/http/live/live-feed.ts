import type { Registry, Transition } from "../../../core/registry.js";
import { formatEvent } from "../../../live/event-stream.js";
import type { LiveEvent } from "../../../live/follow.js";
import { mergePatchOf } from "../../../live/merge-patch.js";
import type { LiveState, LiveStatus } from "../../../live/state.js";
import type { ReportContext } from "../report.js";
import { buildLiveState } from "./build-state.js";
import { GpuHistory } from "./history.js";
import { TransitionLog } from "./transition-log.js";

/** Who looks. Takes events of the stream as bytes; must neither throw nor wait. */
export type Viewer = (events: Uint8Array) => void;

/** Between two looks at the state while somebody looks. */
const tickMs = 1000;
/** News of components go out at once, but those that come together go out together. */
const coalesceMs = 50;
/** The machine's two clocks drift apart by less than that while somebody looks; more is a clock that was set. */
const clockStepMs = 500;

/**
 * The past that is kept for those who will look, and the news for those who do. While nobody looks there is no timer, and
 * no state is put together.
 */
export class LiveFeed {
  private readonly history = new GpuHistory();
  private readonly transitions = new TransitionLog();
  private readonly viewers = new Set<Viewer>();
  private readonly ends: readonly (() => void)[];
  /** What every viewer knows. */
  private sent: LiveState | undefined;
  private sentStep = Number.NEGATIVE_INFINITY;
  private wallOffsetMs: number;
  private tickDueMs = Number.POSITIVE_INFINITY;
  private cancelTick = (): void => {};

  constructor(
    private readonly registry: Registry,
    private readonly context: ReportContext,
  ) {
    const { clock } = context;
    this.wallOffsetMs = clock.wallMs() - clock.nowMs();
    this.ends = [
      registry.onPublication((entries) => this.history.observe(entries, clock.nowMs())),
      registry.onTransition((transition) => this.onTransition(transition)),
    ];
  }

  /** The present. */
  state(): LiveState {
    const { clock } = this.context;
    // What happened stays at one time, so that nothing seems to change where nothing does.
    const offsetMs = clock.wallMs() - clock.nowMs();
    if (Math.abs(offsetMs - this.wallOffsetMs) > clockStepMs) this.wallOffsetMs = offsetMs;
    return buildLiveState(this.registry, this.context, (monotonicMs) => Math.round(monotonicMs + this.wallOffsetMs));
  }

  /** The present, with the past. */
  status(state = this.state()): LiveStatus {
    const { clock } = this.context;
    const history = this.history.read(clock.nowMs(), clock.wallMs());
    return { state, history, transitions: this.transitions.all };
  }

  /** Sends a viewer the present, and from then on what changes. Gives a function that ends it. */
  add(viewer: Viewer): () => void {
    this.begin(viewer);
    this.viewers.add(viewer);
    if (this.viewers.size === 1) this.tickIn(tickMs);
    return () => {
      this.viewers.delete(viewer);
      if (this.viewers.size === 0) this.endTicks();
    };
  }

  /** Sends the present to a viewer that has just come, or that has missed something. */
  begin(viewer: Viewer): void {
    // Brings the others up to date first, for what follows must be a change of what each of them knows.
    viewer(bytesOf({ event: "status", data: this.status(this.tell()) }));
  }

  get viewerCount(): number {
    return this.viewers.size;
  }

  /** Keeps and tells nothing any more. */
  stop(): void {
    for (const end of this.ends) end();
    this.viewers.clear();
    this.endTicks();
  }

  private onTransition(transition: Transition): void {
    const kept = this.transitions.add(transition, this.context.clock.wallMs());
    if (kept === undefined || this.viewers.size === 0) return;
    this.send({ event: "transition", data: kept });
    this.tickIn(coalesceMs);
  }

  /** Never later than it was due: news that come all the time would else put it off for ever. */
  private tickIn(delayMs: number): void {
    const { clock } = this.context;
    const dueMs = clock.nowMs() + delayMs;
    if (dueMs >= this.tickDueMs) return;
    this.endTicks();
    this.tickDueMs = dueMs;
    this.cancelTick = clock.schedule(delayMs, () => {
      this.endTicks();
      this.tell();
      // The last one may have been cut off just now.
      if (this.viewers.size > 0) this.tickIn(tickMs);
    });
  }

  private endTicks(): void {
    this.cancelTick();
    this.tickDueMs = Number.POSITIVE_INFINITY;
  }

  /** Sends what has changed, and gives the state that all viewers know now. */
  private tell(): LiveState {
    const { clock } = this.context;
    const state = this.state();
    if (this.viewers.size > 0) this.send({ event: "state", data: mergePatchOf(this.sent, state) ?? {} });
    this.sent = state;
    const step = this.history.stepAt(clock.nowMs());
    if (step !== this.sentStep) {
      this.send({ event: "points", data: this.history.newest(clock.nowMs(), clock.wallMs()) });
      this.sentStep = step;
    }
    return state;
  }

  private send(event: LiveEvent): void {
    if (this.viewers.size === 0) return;
    const bytes = bytesOf(event);
    for (const viewer of this.viewers) viewer(bytes);
  }
}

const encoder = new TextEncoder();

const bytesOf = ({ event, data }: LiveEvent): Uint8Array =>
  encoder.encode(formatEvent({ event, data: JSON.stringify(data) }));
