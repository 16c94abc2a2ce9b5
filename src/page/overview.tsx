import type { JSX } from "preact";
import { compareStatus, type Status } from "../core/status.js";
import { faultsOf } from "../live/faults.js";
import type { LiveState } from "../live/state.js";
import { counted } from "./parts.js";

/** How much of each kind is wrong, beside what the verdict names, and the way there. */
export function Overview({ state }: { readonly state: LiveState }): JSX.Element {
  const faults = faultsOf(state).length;
  const gpus = Object.values(state.gpus);
  const hasInstances = gpus.some(({ mig }) => mig !== undefined);
  return (
    <nav class="overview" aria-label="On this page">
      {faults > 0 && <a href="#faults">{counted(faults, "fault")}</a>}
      <a href="#gpus">
        {hasInstances ? howMany(gpus, "GPU or MIG instance", "GPUs and MIG instances") : howMany(gpus, "GPU")}
      </a>
      <a href="#components">{howMany(Object.values(state.components), "component")}</a>
      <a href="#checks">{howMany(Object.values(state.checks), "check")}</a>
      <a href="#transitions">last changes</a>
    </nav>
  );
}

function howMany(all: readonly { readonly status: Status }[], one: string, many = `${one}s`): string {
  const bad = all.filter(({ status }) => compareStatus(status, "healthy") > 0).length;
  if (all.length === 0) return `no ${many}`;
  return bad === 0
    ? `${counted(all.length, one, many)}, all healthy`
    : `${bad} of ${counted(all.length, one, many)} not healthy`;
}
