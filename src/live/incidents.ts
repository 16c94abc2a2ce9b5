import type { LiveTransition } from "./state.js";

/** Changes that came together and for one reason: a GPU, and the components that depend on it. */
export interface Incident {
  readonly id: number;
  readonly atWallMs: number;
  readonly from: LiveTransition["from"];
  readonly to: LiveTransition["to"];
  readonly reason: string;
  readonly message: string;
  readonly components: readonly string[];
}

/** What comes within this time came together. */
const togetherMs = 100;

/** The newest first. */
export function incidentsOf(transitions: readonly LiveTransition[]): readonly Incident[] {
  const incidents: Incident[] = [];
  for (const { id, atWallMs, component, from, to, reason, message } of transitions) {
    const known = incidents.findLast(
      (each) =>
        each.from === from &&
        each.to === to &&
        each.reason === reason &&
        each.message === message &&
        Math.abs(atWallMs - each.atWallMs) <= togetherMs,
    );
    if (known === undefined) {
      incidents.push({ id, atWallMs, from, to, reason, message, components: [component] });
    } else {
      incidents[incidents.indexOf(known)] = { ...known, components: [...known.components, component] };
    }
  }
  return incidents.reverse();
}
