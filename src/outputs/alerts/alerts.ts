import type { AlertDelivery, AlertReceiver } from "../../core/alerting.js";
import { drainIn, problemsIn } from "../../core/problem.js";
import type { Registry } from "../../core/registry.js";
import { type AlertState, decide, firingIn, type Situation } from "./decision.js";
import { Delivery, type DeliveryContext } from "./delivery.js";

export interface AlertsOptions extends DeliveryContext {
  readonly registry: Registry;
  readonly receivers: readonly AlertReceiver[];
}

interface Told {
  receiver: AlertReceiver;
  state: AlertState;
  readonly delivery: Delivery;
}

/** How often the registry is looked at. A look costs next to nothing while all is well. */
const lookMs = 1000;

/** Tells receivers what is wrong, as each of them wants to hear it. */
export class Alerts {
  private readonly told = new Map<string, Told>();
  private isStarted = false;
  /** Set while there is a next look. */
  private cancelLook: (() => void) | undefined;

  constructor(private readonly options: AlertsOptions) {
    this.reconfigure(options.receivers);
  }

  start(): void {
    this.isStarted = true;
    this.scheduleLook();
  }

  /**
   * Takes other receivers. One that keeps its name and type remembers what it was told; one that is gone hears nothing
   * more.
   */
  reconfigure(receivers: readonly AlertReceiver[]): void {
    const names = new Set(receivers.map(({ name }) => name));
    for (const name of this.told.keys()) if (!names.has(name)) this.forget(name);
    for (const receiver of receivers) {
      const known = this.told.get(receiver.name);
      if (known?.receiver.target.type === receiver.target.type) {
        known.receiver = receiver;
        known.delivery.replace(receiver);
        continue;
      }
      this.forget(receiver.name);
      this.told.set(receiver.name, { receiver, state: new Map(), delivery: new Delivery(receiver, this.options) });
    }
    this.scheduleLook();
  }

  /** How the delivery to each receiver goes. */
  deliveries(): readonly AlertDelivery[] {
    return [...this.told.values()].map(({ delivery, state }) => ({ ...delivery.status(), firing: firingIn(state) }));
  }

  /** Ends the looking; what waits has `deadlineMs` to be sent. */
  async stop(deadlineMs: number): Promise<void> {
    this.isStarted = false;
    this.cancelLook?.();
    await Promise.all([...this.told.values()].map(({ delivery }) => delivery.stop(deadlineMs)));
  }

  /** Where there is nobody to tell, no timer wakes the process. */
  private scheduleLook(): void {
    if (!this.isStarted || this.cancelLook !== undefined || this.told.size === 0) return;
    this.cancelLook = this.options.clock.schedule(lookMs, () => {
      this.cancelLook = undefined;
      this.look();
      this.scheduleLook();
    });
  }

  private look(): void {
    const { registry, clock } = this.options;
    const situation: Situation = {
      problems: problemsIn(registry, clock),
      drain: drainIn(registry, clock),
      isTurnedAway: registry.drainState !== undefined,
      nowMs: clock.nowMs(),
    };
    for (const told of this.told.values()) {
      const { state, notices } = decide(told.receiver.rule, told.state, situation);
      told.state = state;
      told.delivery.push(notices);
    }
  }

  private forget(name: string): void {
    void this.told.get(name)?.delivery.stop(0);
    this.told.delete(name);
  }
}
