import type { ComponentReason } from "../../../core/component-reasons.js";
import { shortened } from "../../../core/one-line.js";
import type { Transition } from "../../../core/registry.js";
import { maxTransitions } from "../../../live/follow.js";
import type { LiveTransition } from "../../../live/state.js";

/** Longer messages are cut: what is kept must not grow with what a check says. In characters. */
const maxMessageLength = 500;

/** The last changes of components. */
export class TransitionLog {
  private count = 0;
  private kept: LiveTransition[] = [];

  /** The oldest first. */
  get all(): readonly LiveTransition[] {
    return this.kept;
  }

  /** Gives what is kept of it; undefined for an alias, which changes whenever its component does. */
  add({ from, to }: Transition, atWallMs: number): LiveTransition | undefined {
    const about = to ?? from;
    if (about === undefined || about.aliasOf !== undefined) return undefined;
    this.count += 1;
    const transition: LiveTransition = {
      id: this.count,
      atWallMs,
      component: about.name,
      ...(from === undefined ? {} : { from: from.status }),
      ...(to === undefined ? {} : { to: to.status }),
      reason: to?.reason ?? ("removed" satisfies ComponentReason),
      message: shortened(to?.message ?? "it is no longer served", maxMessageLength),
    };
    this.kept.push(transition);
    if (this.kept.length > maxTransitions) this.kept = this.kept.slice(-maxTransitions);
    return transition;
  }
}
