import { z } from "zod";
import { catalogue } from "../checks/catalogue.js";
import type { AnyCheckType } from "../checks/check-type.js";
import { mapping } from "../checks/options.js";
import type { ListenOptions } from "../core/listen-options.js";
import { readAlerts } from "./alerts-section.js";
import { checkNames, readChecks } from "./checks-section.js";
import { readComponents } from "./components-section.js";
import type { Configuration } from "./configuration.js";
import { crossCheck } from "./cross-checks.js";
import type { Substitution } from "./environment.js";
import { isMapping, type Mapping } from "./found.js";
import { type Problem, parseOptions, problemsOf, valueProblem } from "./problem.js";
import { sections } from "./sections.js";
import { readSupervise } from "./supervise-section.js";

export type ReadResult =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** How a configuration is read where that differs from the program's way. */
export interface ReadingOptions {
  /** The check types that there are; the catalogue's by default. */
  readonly checkTypes?: readonly AnyCheckType[] | undefined;
  /** False: a server listens only where the configuration says so. */
  readonly listensByDefault?: boolean | undefined;
}

const root = mapping({
  grpc: sections.grpc.prefault({}),
  http: sections.http.prefault({}),
  admin: sections.admin.prefault({}),
  gpu: sections.gpu.prefault({}),
  metrics: sections.metrics.prefault({}),
  drain: sections.drain.prefault({}),
  reload: sections.reload.prefault({}),
  log: sections.log.prefault({}),
  checks: z.unknown().optional(),
  components: z.unknown().optional(),
  alerts: z.unknown().optional(),
  supervise: z.unknown().optional(),
});

/**
 * The configuration in a plain value (what YAML gives), or everything that is wrong with it. `substitutions` says what in
 * it came from the environment.
 */
export function readConfiguration(
  given: unknown,
  substitutions: readonly Substitution[] = [],
  { checkTypes = catalogue, listensByDefault = true }: ReadingOptions = {},
): ReadResult {
  if (!isMapping(given)) {
    const known = Object.keys(root.shape).join(", ");
    return { ok: false, problems: [valueProblem([], `expected a mapping with the sections ${known}`)] };
  }
  // `grpc:` with nothing after it is what is left when all its lines are commented out.
  const isEmptySection = ([key, value]: readonly [string, unknown]) =>
    value === null && key !== "checks" && Object.hasOwn(root.shape, key);
  const filled = Object.fromEntries(Object.entries(given).filter((entry) => !isEmptySection(entry)));

  const parsed = root.safeParse(filled, parseOptions);
  const checks = readChecks(filled.checks, checkTypes, substitutions);
  const components = readComponents(filled.components, checkNames(filled.checks));
  const alerts = readAlerts(filled.alerts);
  const supervise = readSupervise(filled.supervise, components.value);
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, [])),
    ...checks.problems,
    ...components.problems,
    ...alerts.problems,
    ...supervise.problems,
  ];
  if (!parsed.success) return { ok: false, problems };

  const configuration = {
    ...(listensByDefault ? shaped(parsed.data) : listeningWhereAsked(shaped(parsed.data), filled)),
    checks: checks.value,
    components: components.value,
    supervise: supervise.value,
    alerts: alerts.value,
  };
  problems.push(...crossCheck(configuration));
  return problems.length === 0 ? { ok: true, configuration } : { ok: false, problems };
}

function listeningWhereAsked(sections: ReturnType<typeof shaped>, given: Mapping): ReturnType<typeof shaped> {
  const asked = <Section extends { readonly listen: readonly ListenOptions[] }>(name: string, section: Section) => {
    const own = given[name];
    return isMapping(own) && own.listen !== undefined ? section : { ...section, listen: [] };
  };
  const { grpc, http, admin } = sections;
  return { ...sections, grpc: asked("grpc", grpc), http: asked("http", http), admin: asked("admin", admin) };
}

/** Fewer samples are no trend. */
const leastSamplesOfLeak = 15;

/** Units move into the names. */
function shaped({ grpc, http, admin, gpu, metrics, drain, reload, log }: z.output<typeof root>) {
  return {
    grpc: {
      ...grpc,
      keepalive: { intervalMs: grpc.keepalive.interval, timeoutMs: grpc.keepalive.timeout },
    },
    http,
    admin,
    gpu: {
      mode: gpu.mode,
      intervalMs: gpu.interval,
      inspectionIntervalMs: gpu.inspectionInterval,
      stallAfterMs: gpu.stallAfter,
      ...(gpu.library === undefined ? {} : { library: gpu.library }),
      faults: gpu.faults,
      detection: {
        slowdownShare: gpu.slowdownShare,
        slowdownWindowMs: gpu.slowdownWindow,
        leakWindowMs: Math.max(gpu.leakWindow, leastSamplesOfLeak * gpu.interval),
      },
    },
    metrics,
    drain: { delayMs: drain.delay, deadlineMs: drain.deadline },
    reload: { watch: reload.watch, intervalMs: reload.interval },
    log,
  } satisfies Partial<Configuration>;
}
