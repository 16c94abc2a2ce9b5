// The command line of `npm run bench`.

import { parseArgs } from "node:util";

export const usage = `npm run bench -- [--quick] [--rows NAME,NAME]

  --quick   about two minutes instead of ten, with fewer rounds and calls
  --rows    only the rows whose names begin so, for instance: --rows check,watchers
  --help    this text and the names of the rows`;

/** Throws a TypeError with a sentence for the reader where the arguments make no sense. */
export function parseOptions(arguments_, rowNames) {
  const { values } = parseArgs({
    args: arguments_,
    options: { quick: { type: "boolean", default: false }, rows: { type: "string" }, help: { type: "boolean" } },
  });
  const prefixes = values.rows?.split(",") ?? [""];
  for (const prefix of prefixes) {
    if (!rowNames.some((name) => name.startsWith(prefix))) {
      throw new TypeError(`--rows: no row begins with "${prefix}"; there are ${rowNames.join(", ")}`);
    }
  }
  return {
    size: values.quick ? "quick" : "full",
    help: values.help ?? false,
    wants: (name) => prefixes.some((prefix) => name.startsWith(prefix)),
  };
}
