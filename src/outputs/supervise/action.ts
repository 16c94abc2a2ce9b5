import type { Clock } from "../../core/clock.js";
import type { Supervision } from "../../core/supervision.js";
import { formatDuration } from "../../core/units.js";
import { ProcessGroup } from "./process-group.js";

/** What a supervisor can do to its program. */
export interface Action {
  /** For people: `python`, `systemd unit model.service`. Arguments may hold secrets, and are left out. */
  readonly what: string;
  /** Whether the program is ours: it is started with us, and ends with us. */
  readonly isOwn: boolean;
  /** Starts a program of our own. `onEnd` is told when it ends though it was not told to. Rejects with a sentence. */
  start(onEnd: (how: string) => void): Promise<void>;
  /** Rejects with a sentence. */
  restart(): Promise<void>;
  /** Ends what was started, within `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>;
  /** The same at once, for a process that is about to exit. */
  kill(): void;
  /** Passes a signal on to a program of our own. */
  signal(signal: NodeJS.Signals): void;
}

export function actionFor(supervision: Supervision, clock: Clock): Action {
  const { target } = supervision;
  switch (target.kind) {
    case "run":
      return new OwnProgram(target.command[0], { ...supervision, command: target.command }, clock);
    case "command":
      return new RestartCommand(`command ${target.command[0]}`, { ...supervision, command: target.command }, clock);
    case "unit":
      return new RestartCommand(
        `systemd unit ${target.unit}`,
        { ...supervision, command: ["systemctl", "restart", "--", target.unit] },
        clock,
      );
  }
}

type Options = Supervision & { readonly command: readonly [string, ...string[]] };

class OwnProgram implements Action {
  readonly isOwn = true;
  private group: ProcessGroup | undefined;
  private isEnding = false;
  private isToldToEnd = false;
  private onEnd: (how: string) => void = () => {};

  constructor(
    readonly what: string,
    private readonly options: Options,
    private readonly clock: Clock,
  ) {}

  start(onEnd: (how: string) => void): Promise<void> {
    this.onEnd = onEnd;
    return this.launch();
  }

  async restart(): Promise<void> {
    await this.end(this.options.stopTimeoutMs);
    await this.launch();
  }

  async stop(deadlineMs: number): Promise<void> {
    this.isEnding = true;
    await this.end(Math.min(deadlineMs, this.options.stopTimeoutMs));
  }

  kill(): void {
    this.isEnding = true;
    this.group?.signal("SIGKILL");
  }

  signal(signal: NodeJS.Signals): void {
    this.group?.signal(signal);
  }

  private async launch(): Promise<void> {
    if (this.isEnding) return;
    const group = await ProcessGroup.start(this.options, this.clock);
    this.group = group;
    this.isToldToEnd = false;
    void group.ended.then((how) => {
      if (this.isToldToEnd || this.group !== group) return;
      this.group = undefined;
      // What it started must not hold its ports and its memory when it is started anew.
      group.signal("SIGKILL");
      this.onEnd(how);
    });
    // Told to stop while it was being started.
    if (this.isEnding) await this.end(this.options.stopTimeoutMs);
  }

  private async end(deadlineMs: number): Promise<void> {
    const { group } = this;
    if (group === undefined) return;
    this.isToldToEnd = true;
    await group.end(deadlineMs);
    if (this.group === group) this.group = undefined;
  }
}

class RestartCommand implements Action {
  readonly isOwn = false;
  private running: ProcessGroup | undefined;

  constructor(
    readonly what: string,
    private readonly options: Options,
    private readonly clock: Clock,
  ) {}

  async start(): Promise<void> {}

  async restart(): Promise<void> {
    const { command, timeoutMs } = this.options;
    const group = await ProcessGroup.start(this.options, this.clock);
    this.running = group;
    let isLate = false;
    const cancel = this.clock.schedule(timeoutMs, () => {
      isLate = true;
      group.signal("SIGKILL");
    });
    const how = await group.ended;
    cancel();
    this.running = undefined;
    if (isLate) throw new Error(`${command[0]} was still running after ${formatDuration(timeoutMs)} and was killed`);
    if (how !== "exit code 0") throw new Error(`${command[0]} ended with ${how}`);
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.running?.end(deadlineMs);
  }

  kill(): void {
    this.running?.signal("SIGKILL");
  }

  signal(): void {}
}
