import type { ComponentDefinition } from "../core/component.js";

/** A configured component: names of the checks that decide it. */
interface Configured {
  readonly name: string;
  readonly description?: string;
  readonly critical: readonly string[];
  readonly optional: readonly string[];
}

interface NamedCheck {
  readonly name: string;
  readonly type: string;
}

/** What the definitions follow from. */
export interface ComponentSources {
  /** Every check that runs for traffic. */
  readonly checks: readonly NamedCheck[];
  /** Checks that run for the built-in components only. */
  readonly builtInChecks: readonly NamedCheck[];
  readonly components: readonly Configured[];
  /** Components that somebody else reports, each with the check that holds the report. */
  readonly reported: readonly { readonly name: string; readonly check: string }[];
}

/** All components: the built-in ones of the design, the configured ones, and the reported ones. */
export function componentDefinitions({
  checks,
  builtInChecks,
  components,
  reported,
}: ComponentSources): ComponentDefinition[] {
  const traffic = trafficChecks(checks, components);
  const all = [...checks, ...builtInChecks];
  const ofType = (type: string): string[] => all.filter((check) => check.type === type).map(({ name }) => name);
  const gpuChecks = ofType("gpu");
  const readiness = {
    name: "readiness",
    description: "everything that traffic depends on",
    ...traffic,
    carriesTraffic: true,
  };
  return [
    { ...readiness, name: "", aliasOf: readiness.name },
    readiness,
    {
      name: "liveness",
      description: "this process and its event loop",
      critical: ofType("event-loop"),
      optional: [],
      carriesTraffic: false,
    },
    { name: "startup", description: "readiness was reached once", ...traffic, carriesTraffic: false, latches: true },
    ...(gpuChecks.length === 0
      ? []
      : [{ name: "gpu", description: "every GPU", critical: gpuChecks, optional: [], carriesTraffic: false }]),
    ...components.map((component) => ({ ...component, carriesTraffic: true })),
    ...reported.map(({ name, check }) => ({ name, critical: [check], optional: [], carriesTraffic: true })),
  ];
}

/**
 * What readiness depends on: checks that are critical to a component, or that no component names. A check that is only
 * ever optional is optional here too.
 */
function trafficChecks(
  checks: readonly NamedCheck[],
  components: readonly Configured[],
): { critical: string[]; optional: string[] } {
  const critical = new Set(components.flatMap((component) => component.critical));
  const optional = new Set(components.flatMap((component) => component.optional));
  const isOptional = (name: string): boolean => optional.has(name) && !critical.has(name);
  const names = checks.map(({ name }) => name);
  return { critical: names.filter((name) => !isOptional(name)), optional: names.filter(isOptional) };
}
