import type { ComponentReason } from "../../../core/component-reasons.js";
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
      message: cut(to?.message ?? "it is no longer served"),
    };
    this.kept.push(transition);
    if (this.kept.length > maxTransitions) this.kept = this.kept.slice(-maxTransitions);
    return transition;
  }
}

/** As people count: cut between UTF-16 units, half of an emoji would be left. */
function cut(text: string): string {
  const characters = text.length <= maxMessageLength ? [] : Array.from(text);
  return characters.length <= maxMessageLength ? text : `${characters.slice(0, maxMessageLength - 1).join("")}…`;
}
