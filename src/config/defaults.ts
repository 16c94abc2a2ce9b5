import { catalogue } from "../checks/catalogue.js";
import type { CheckConfiguration, Configuration } from "./configuration.js";
import { formatPath, parseOptions } from "./problem.js";
import { readConfiguration } from "./read.js";
import { aboutOf, scheduleOf } from "./schedule.js";

/** What runs without a configuration file. Needs no YAML parser, which saves a start some 25 ms. */
export function defaultConfiguration(): Configuration {
  const read = readConfiguration({});
  if (read.ok) return read.configuration;
  const problems = read.problems.map(({ path, message }) => `${formatPath(path)}: ${message}`);
  throw new Error(`the built-in defaults are not valid: ${problems.join("; ")}`);
}

/** A check of this type with nothing configured, for the built-in components. */
export function defaultCheck(type: string, name: string): CheckConfiguration {
  const declared = catalogue.find((each) => each.type === type);
  if (declared === undefined) throw new Error(`there is no check type ${type}`);
  const options = declared.options().parse({}, parseOptions);
  const schedule = scheduleOf({ type }, declared.schedule);
  return { name, type, about: aboutOf({ type }), schedule, isImplicit: true, options, secrets: [] };
}
