import { z } from "zod";
import { duration, environmentVariables, mapping, programText, unknownWord } from "../checks/options.js";
import type { Command, Supervision } from "../core/supervision.js";
import { type Found, isMapping } from "./found.js";
import { keyProblem, type Problem, parseOptions, problemsOf, valueProblem } from "./problem.js";

const command = () =>
  z
    .array(programText().min(1))
    .min(1)
    .optional()
    .transform((words): Command | undefined => {
      const [program, ...args] = words ?? [];
      return program === undefined ? undefined : [program, ...args];
    })
    .meta({ kind: "list" });

/** The options of one supervised program. */
export const superviseOptions = () =>
  mapping({
    run: command().describe(
      "A program and its arguments, which gpu-health runs itself: it is started and ended with it.",
    ),
    unit: z
      .string()
      .regex(/^[^\s\0-][^\s\0]*$/, { error: "expected the name of a systemd unit" })
      .optional()
      .describe("A systemd unit, restarted with `systemctl restart`."),
    command: command().describe("A command that restarts the program. `run`, `unit` or `command`: one of the three."),
    component: z
      .string()
      .min(1)
      .optional()
      .describe("Whose failures lead to a restart. With `run` it may be left out: then only the program's end does."),
    failures: z
      .int()
      .min(1)
      .default(3)
      .describe("How many times in a row a critical check of the component must fail."),
    for: duration().prefault("0s").describe("For how long it must be unhealthy, too."),
    grace: duration()
      .prefault("60s")
      .describe("After a start, failures do not count for this long. The end of the program does."),
    backoff: duration({ atLeastMs: 100 })
      .prefault("1s")
      .describe(
        "The wait before a restart, at most; half of it at least. It doubles with each further one of the window.",
      ),
    maxBackoff: duration({ atLeastMs: 100 }).prefault("1m").describe("The longest wait."),
    maxRestarts: z.int().min(1).default(5).describe("Restarts within `window`, at most; then it is given up."),
    window: duration({ atLeastMs: 1000 }).prefault("10m").describe("Over which time `maxRestarts` counts."),
    stopTimeout: duration()
      .prefault("10s")
      .describe("With `run`: from SIGTERM to SIGKILL, for the program and all that it started."),
    timeout: duration({ atLeastMs: 100 })
      .prefault("1m")
      .describe("With `unit` and `command`: how long a restart may take."),
    cwd: programText().min(1).optional().describe("The directory in which it runs."),
    env: environmentVariables().describe("Added to the environment of `run` and `command`."),
    dryRun: z
      .boolean()
      .default(false)
      .describe(
        "Log what would be done about failures, and do nothing. A program of `run` that ends is started again all the same.",
      ),
  });

const builtInComponents = ["readiness", "gpu"] as const;

/** `supervise`, as given, against the names of the components. */
export function readSupervise(
  given: unknown,
  components: readonly { readonly name: string }[],
): Found<Readonly<Record<string, Supervision>>> {
  if (given === undefined || given === null) return { value: {}, problems: [] };
  if (!isMapping(given)) {
    return { value: {}, problems: [valueProblem(["supervise"], "expected a mapping of names to programs")] };
  }
  const known = [...builtInComponents, ...components.map((component) => component.name)];
  const value = new Map<string, Supervision>();
  const problems: Problem[] = [];
  for (const [name, options] of Object.entries(given)) {
    const path = ["supervise", name];
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(name)) {
      problems.push(keyProblem(path, "a name has only letters, digits, _, - and ., 100 at most"));
    }
    if (components.some((component) => component.name === `supervise/${name}`)) {
      const message = `components has another supervise/${name}, which is this program's name there: rename one of the two`;
      problems.push(keyProblem(path, message));
    }
    const read = readOne(options, path);
    problems.push(...read.problems);
    if (read.value === undefined) continue;
    value.set(name, read.value);
    const { component } = read.value;
    if (component !== undefined && !known.includes(component) && !component.startsWith("gpu/")) {
      problems.push(valueProblem([...path, "component"], unknownWord("component", component, known)));
    }
  }
  // A record made of entries can hold `__proto__` too.
  return { value: Object.fromEntries(value), problems };
}

function readOne(given: unknown, path: readonly string[]): Found<Supervision | undefined> {
  const parsed = superviseOptions().safeParse(given, parseOptions);
  if (!parsed.success) return { value: undefined, problems: problemsOf(parsed.error.issues, path) };
  const supervision = supervisionOf(parsed.data);
  return typeof supervision === "string"
    ? { value: undefined, problems: [valueProblem(path, supervision)] }
    : { value: supervision, problems: [] };
}

/** Units move into the names. A sentence where the options do not fit together. */
function supervisionOf(options: z.output<ReturnType<typeof superviseOptions>>): Supervision | string {
  const { run, unit, command, component } = options;
  if ([run, unit, command].filter((each) => each !== undefined).length !== 1) {
    return "must name one of `run`, `unit` and `command`, and only one";
  }
  if (run === undefined && component === undefined)
    return "names no `component`, so nothing would ever lead to a restart";
  const target: Supervision["target"] =
    run !== undefined
      ? { kind: "run", command: run }
      : command !== undefined
        ? { kind: "command", command }
        : { kind: "unit", unit: unit ?? "" };
  return {
    target,
    component,
    cwd: options.cwd,
    env: options.env,
    failures: options.failures,
    forMs: options.for,
    graceMs: options.grace,
    backoffMs: options.backoff,
    maxBackoffMs: options.maxBackoff,
    maxRestarts: options.maxRestarts,
    windowMs: options.window,
    stopTimeoutMs: options.stopTimeout,
    timeoutMs: options.timeout,
    dryRun: options.dryRun,
  };
}

/** A program of our own, on the defaults; what `gpu-health supervise` runs. */
export function superviseByDefault(
  run: readonly string[],
  component: string | undefined,
  components: readonly { readonly name: string }[],
): Found<Supervision | undefined> {
  const { value, problems } = readSupervise(
    { child: { run, ...(component === undefined ? {} : { component }) } },
    components,
  );
  return problems.length === 0 ? { value: value.child, problems } : { value: undefined, problems };
}
