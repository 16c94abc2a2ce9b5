import type { Registry as PromRegistry } from "prom-client";
import type { ComponentState, Registry } from "../../core/registry.js";
import { collectGauge, type Sample } from "./collected.js";
import { stateSet } from "./state-set.js";

export function collectComponents(register: PromRegistry, registry: Registry): void {
  const gauge = (name: string, help: string, samplesOf: (component: ComponentState) => readonly Sample[]): void =>
    collectGauge(register, { name, help, samples: () => [...reported(registry)].flatMap(samplesOf) });

  gauge("gpu_health_component_status", "1 for the status that the component has now, 0 for the others.", (component) =>
    stateSet({ component: component.name }, component.status),
  );
  gauge("gpu_health_component_serving", "1 while the component is SERVING, otherwise 0.", ({ name, serving }) => [
    { labels: { component: name }, value: serving === "SERVING" ? 1 : 0 },
  ]);
  gauge("gpu_health_component_reason", "Always 1; the label is why the component has its status.", (component) => [
    { labels: { component: component.name, reason: component.reason }, value: 1 },
  ]);
  gauge(
    "gpu_health_component_consequence",
    "1 while the component is down because of the check `cause`, on which the one that fails depends; no sample otherwise.",
    ({ name, consequenceOf }) =>
      consequenceOf === undefined ? [] : [{ labels: { component: name, cause: consequenceOf }, value: 1 }],
  );
  gauge(
    "gpu_health_component_last_transition_timestamp_seconds",
    "When the component's status last changed, in seconds since 1970.",
    ({ name, sinceWallMs }) => [{ labels: { component: name }, value: sinceWallMs / 1000 }],
  );
  collectGauge(register, {
    name: "gpu_health_draining",
    help: "1 while traffic is turned away on purpose (drain or shutdown), otherwise 0.",
    samples: () => [{ labels: {}, value: registry.drainState === undefined ? 0 : 1 }],
  });
}

function* reported(registry: Registry): Iterable<ComponentState> {
  for (const component of registry.list()) if (component.aliasOf === undefined) yield component;
}
