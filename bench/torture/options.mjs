// The command line of `npm run torture`.

import { parseArgs } from "node:util";
import { probeTimeoutMs } from "./harness/limits.mjs";

export const usage = `npm run torture -- [--short] [--cases NAME,NAME] [--seed TEXT] [--probe-timeout MS] [--json]

  --short           under a minute instead of five, with smaller numbers
  --cases           only those whose names begin so, for instance: --cases log,watchers
  --seed            what the malformed requests are made from; the same seed makes the same
  --probe-timeout   how long an answer may take, ${probeTimeoutMs} ms by default as for the kubelet
  --json            one JSON object a case instead of the table
  --help            this text and the names of the cases`;

/** Throws a TypeError with a sentence for the reader where the arguments make no sense. */
export function parseOptions(arguments_, names) {
  const { values } = parseArgs({
    args: arguments_,
    options: {
      short: { type: "boolean", default: false },
      cases: { type: "string" },
      seed: { type: "string", default: "gpu-health" },
      "probe-timeout": { type: "string", default: String(probeTimeoutMs) },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const prefixes = values.cases?.split(",") ?? [""];
  for (const prefix of prefixes) {
    if (!names.some((name) => name.startsWith(prefix))) {
      throw new TypeError(`--cases: no case begins with "${prefix}"; there are ${names.join(", ")}`);
    }
  }
  const timeoutMs = Number(values["probe-timeout"]);
  if (!(timeoutMs > 0))
    throw new TypeError(`--probe-timeout: "${values["probe-timeout"]}" is no number of milliseconds`);
  return {
    form: values.short ? "short" : "full",
    seed: values.seed,
    probeTimeoutMs: timeoutMs,
    json: values.json,
    help: values.help,
    wants: (name) => prefixes.some((prefix) => name.startsWith(prefix)),
  };
}
