import type { ComponentState } from "../core/registry.js";

/** A component as it is served now, drains applied. Immutable: a change makes a new one. */
export interface Component extends Omit<ComponentState, "checked"> {}
