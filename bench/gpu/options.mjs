// The command line of bench/gpu/run.sh.

import { parseArgs } from "node:util";

export const usage = (
  stepNames,
) => `bash bench/gpu/run.sh [--gpu INDEX] [--steps NAME,NAME] [--seconds N] [--simulate MODEL[xN]]

Shows on a machine with an NVIDIA GPU that this server reads it rightly. It changes no setting of the card and never
resets it, but it fills one GPU's memory and makes one program of its own fail: run it where the GPU serves nobody.

  --gpu        the GPU that is filled and given the faulty kernel; without it, the one with the most free memory
  --steps      only these: ${stepNames.join(", ")}
  --seconds    how long the cost is measured each of nine times (default 10)
  --simulate   try this script without a GPU, for instance: --simulate h200x2

Environment: NODE and PYTHON name the interpreters, where they are not node and python3.
Exit status: 0 nothing differs, 1 something does, 2 there is nothing to look at.`;

/** Throws a TypeError with a sentence for the reader where the arguments make no sense. */
export function parseOptions(args, stepNames) {
  const { values } = parseArgs({
    args,
    options: {
      gpu: { type: "string" },
      steps: { type: "string" },
      seconds: { type: "string", default: "10" },
      simulate: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const steps = values.steps?.split(",") ?? stepNames;
  const unknown = steps.find((name) => !stepNames.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`--steps: there is no «${unknown}»; there are ${stepNames.join(", ")}`);
  return {
    help: values.help,
    simulate: values.simulate,
    gpuIndex: values.gpu === undefined ? undefined : wholeNumber("--gpu", values.gpu, 0),
    seconds: wholeNumber("--seconds", values.seconds, 1),
    wants: (name) => steps.includes(name),
  };
}

function wholeNumber(option, text, least) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new TypeError(`${option}: ${JSON.stringify(text)} is not a whole number from ${least}`);
}
