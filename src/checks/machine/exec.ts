import { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { healthy } from "../../core/result.js";
import { defineCheck } from "../check-type.js";
import { type Command, type Exit, runCommand } from "../common/run-command.js";
import { holdingSecrets, resolveSecret } from "../common/secret.js";
import { absolutePath, environmentVariables, mapping, programText } from "../options.js";
import type { Result } from "../result.js";

const options = () =>
  mapping({
    command: holdingSecrets(z.tuple([programText().min(1)], programText())).describe(
      "The program and its arguments. No shell reads it: for one, write `[sh, -c, …]`.",
    ),
    cwd: absolutePath().optional().describe("The directory to run in; left out: that of the server."),
    env: environmentVariables().describe(
      "Environment variables beside those of the server. One that ends in `file:/PATH` takes the content of that file, read anew for each run.",
    ),
  });

type Options = z.output<ReturnType<typeof options>>;

export const exec = defineCheck<Options>({
  type: "exec",
  summary:
    "A program ends with exit status 0. 1 is a problem, and any other means that it could not tell, as for plugins of node-problem-detector; both are unhealthy, for different reasons.",
  reasons: ["commands", "secret_unreadable"],
  options,
  schedule: { intervalMs: 30_000, timeoutMs: 5000 },
  readings: {},
  create: (given) => ({ run: (signal) => runOnce(given, signal) }),
});

async function runOnce(given: Command, signal: AbortSignal): Promise<Result> {
  const resolved = Object.entries(given.env).map(async ([name, value]) => [name, await resolveSecret(value, signal)]);
  const env = Object.fromEntries(await Promise.all(resolved)) as Command["env"];
  return judgeExit(await runCommand({ ...given, env }, signal), given.command[0]);
}

/** The verdict on how a program ended; its output becomes the message. */
export function judgeExit({ status, signal, output }: Exit, program: string): Result {
  const said = oneLine(output, maxMessageCharacters);
  const withOutput = (sentence: string) => (said === "" ? sentence : `${sentence}: ${said}`);
  const metadata = metadataOf(status, output);
  if (status === 0) return { ...healthy(said === "" ? `${program} ended with exit status 0` : said), metadata };
  if (status === 1) {
    const message = withOutput(`${program} found a problem (exit status 1)`);
    return { status: "unhealthy", reason: "command_found_problem", message, metadata };
  }
  const remedy = "run the command by hand";
  if (status !== null) {
    const message = withOutput(`${program} could not tell (exit status ${status})`);
    return { status: "unhealthy", reason: "command_failed", message, remedy, metadata };
  }
  const message = withOutput(`${program} was ended by ${signal ?? "a signal"}`);
  return { status: "unhealthy", reason: "command_killed", message, remedy, metadata };
}

/** A message is one line of a log and of a page; the report has all of the output that is kept. */
const maxMessageCharacters = 500;

function metadataOf(exitStatus: number | null, output: string): NonNullable<Result["metadata"]> {
  const whole = oneLine(output, output.length);
  return {
    ...(exitStatus === null ? {} : { exitStatus }),
    ...(Array.from(whole).length > maxMessageCharacters ? { output: whole } : {}),
  };
}
