import { isDeepStrictEqual } from "node:util";
import type { AnyCheckType } from "../checks/check-type.js";
import { withoutSecrets } from "../checks/common/secret.js";
import { installHint } from "../checks/driver.js";
import { unknownWord } from "../checks/options.js";
import { secretsIn } from "../checks/secret-options.js";
import { formatDuration } from "../core/units.js";
import { dependencyProblems } from "./check-dependencies.js";
import type { CheckConfiguration } from "./configuration.js";
import type { Substitution } from "./environment.js";
import { type Found, isMapping, type Mapping } from "./found.js";
import { keyProblem, type Path, type Problem, parseOptions, problemsOf, valueProblem } from "./problem.js";
import { aboutOf, commonOptions, scheduleOf } from "./schedule.js";

/**
 * What runs where the configuration has no `checks`. Engines that take all the memory they can still leave some GiB; in
 * less than 512 MiB not even a CUDA context finds room.
 */
const implicitChecks: Mapping = {
  gpu: { type: "gpu", minFreeMemory: "512MiB" },
  "event-loop": { type: "event-loop" },
  memory: { type: "memory" },
  disk: { type: "disk" },
};

/** The names that components may use: every key of `checks`, whether or not its value is right. */
export const checkNames = (given: unknown): readonly string[] =>
  Object.keys(given === undefined ? implicitChecks : isMapping(given) ? given : {});

/** `checks`, as given; undefined: the implicit ones. */
export function readChecks(
  given: unknown,
  checkTypes: readonly AnyCheckType[],
  substitutions: readonly Substitution[],
): Found<readonly CheckConfiguration[]> {
  const sources = { checkTypes, substitutions };
  if (given === undefined) return readEach(implicitChecks, true, sources);
  if (isMapping(given)) return readEach(given, false, sources);
  const message = "expected a mapping of names to checks: `{}` for none, or leave the line out for the default ones";
  return { value: [], problems: [valueProblem(["checks"], message)] };
}

interface Sources {
  readonly checkTypes: readonly AnyCheckType[];
  readonly substitutions: readonly Substitution[];
}

function readEach(checks: Mapping, isImplicit: boolean, sources: Sources): Found<readonly CheckConfiguration[]> {
  const problems: Problem[] = [];
  const value: CheckConfiguration[] = [];
  for (const [name, given] of Object.entries(checks)) {
    const found = readCheck(name, given, sources);
    problems.push(...found.problems);
    if (found.value !== undefined) value.push({ ...found.value, isImplicit });
  }
  problems.push(...dependencyProblems(checks));
  return { value, problems };
}

function readCheck(
  name: string,
  given: unknown,
  { checkTypes, substitutions }: Sources,
): Found<Omit<CheckConfiguration, "isImplicit"> | undefined> {
  const path = ["checks", name];
  const problems: Problem[] = [];
  const fail = (...more: readonly Problem[]) => ({ value: undefined, problems: [...problems, ...more] });
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(name)) {
    problems.push(
      keyProblem(path, "the name of a check has only a-z, 0-9, _ and -, and starts with a letter or digit"),
    );
  }
  if (!isMapping(given)) return fail(valueProblem(path, "expected a mapping with the check's `type` and its options"));

  const type = checkTypes.find((each) => each.type === given.type);
  if (type === undefined) return fail(typeProblem(given.type, checkTypes, path));

  const isCommon = (key: string) => Object.hasOwn(commonOptions.shape, key);
  const common = commonOptions.safeParse(select(given, isCommon), parseOptions);
  const own = readOwn(
    select(given, (key) => !isCommon(key)),
    type,
    path,
  );
  if (!common.success) problems.push(...problemsOf(common.error.issues, path));
  problems.push(...driverProblems(type, path));
  const secrets = secretsIn(type.options(), given, (inside) => valuesAt([...path, ...inside], substitutions));
  // A message may quote what it finds wrong.
  problems.push(...own.problems.map((each) => ({ ...each, message: withoutSecrets(each.message, secrets) })));
  if (!common.success || problems.length > 0) return fail();

  const schedule = scheduleOf(common.data, type.schedule);
  if (schedule.timeoutMs > schedule.intervalMs) {
    const [timeout, interval] = [formatDuration(schedule.timeoutMs), formatDuration(schedule.intervalMs)];
    return fail(
      valueProblem(
        [...path, "timeout"],
        `${timeout} is longer than the interval of ${interval}: a check never overlaps itself, so give it a longer interval`,
      ),
    );
  }
  return {
    value: {
      name,
      type: type.type,
      about: aboutOf(common.data),
      schedule,
      options: own.value,
      secrets,
    },
    problems,
  };
}

const valuesAt = (path: Path, substitutions: readonly Substitution[]): readonly string[] =>
  substitutions.find((each) => isDeepStrictEqual(each.path, path))?.values ?? [];

function typeProblem(given: unknown, checkTypes: readonly AnyCheckType[], path: readonly string[]): Problem {
  const known = checkTypes.map(({ type }) => type);
  if (typeof given === "string") return valueProblem([...path, "type"], unknownWord("check type", given, known));
  const missing = given === undefined ? "missing: " : "";
  return valueProblem([...path, "type"], `${missing}expected the type of the check, one of ${known.join(", ")}`);
}

function driverProblems({ type, driver }: AnyCheckType, path: readonly string[]): readonly Problem[] {
  const install = driver === undefined ? undefined : installHint(driver);
  if (driver === undefined || install === undefined) return [];
  const message = `${type} needs the npm package ${driver.package}, which is not installed: ${install}`;
  return [valueProblem([...path, "type"], message)];
}

/** The options of the type itself. An unknown key is compared with the common ones as well. */
function readOwn(given: Mapping, type: AnyCheckType, path: readonly string[]): Found<unknown> {
  const schema = type.options();
  const known = Object.keys({ ...schema.shape, ...commonOptions.shape });
  const unknownKeys = Object.keys(given).filter((key) => !Object.hasOwn(schema.shape, key));
  const own = schema.safeParse(
    select(given, (key) => !unknownKeys.includes(key)),
    parseOptions,
  );
  const problems = unknownKeys.map((key) => keyProblem([...path, key], unknownWord("key", key, known)));
  if (own.success) return { value: own.data, problems };
  return { value: undefined, problems: [...problems, ...problemsOf(own.error.issues, path)] };
}

const select = (mapping: Mapping, wanted: (key: string) => boolean): Mapping =>
  Object.fromEntries(Object.entries(mapping).filter(([key]) => wanted(key)));
