import { Command, Option } from "commander";
import { readConfigurationFile } from "../config/file.js";
import type { AlertReceiver } from "../core/alerting.js";
import { CommandFailure, type ExitCode, exitCode } from "./exit-code.js";
import { endWith, processTerminal, type Terminal } from "./terminal.js";

/** Tells one receiver of something that is no problem, and that it is over. Gives why it did not take that. */
export type TestReceiver = (receiver: AlertReceiver) => Promise<string | undefined>;

/** `alerts test`: whether the receivers of a configuration take messages. */
export function alertsCommand(test: TestReceiver): Command {
  const testCommand = new Command("test")
    .description("send every receiver, or one, a test message and the end of it")
    .argument("[receiver]", "its name in the configuration; without it: all of them")
    .addOption(
      new Option("-c, --config <file>", "the configuration file").env("GPU_HEALTH_CONFIG").makeOptionMandatory(),
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 all took it, 1 a receiver did not, or the configuration is not valid.\n" +
        "\nExample:\n  $ gpu-health alerts test -c gpu-health.yaml on-call",
    )
    .action((receiver: string | undefined, { config }: { config: string }) =>
      endWith(() => testAlerts(config, receiver, test, process.env, processTerminal)),
    );
  return new Command("alerts")
    .description("try out the receivers of alerts")
    .addCommand(testCommand)
    .addHelpText("after", "\nExample:\n  $ gpu-health alerts test -c gpu-health.yaml");
}

/** Throws a CommandFailure for a file that cannot be read, and for a name that is not in it. */
export async function testAlerts(
  file: string,
  name: string | undefined,
  test: TestReceiver,
  environment: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<ExitCode> {
  const read = readConfigurationFile(file);
  if (!read.ok) throw new CommandFailure(exitCode.arguments, read.problem);
  const { formatConfigurationError, loadConfiguration } = await import("../config/load.js");
  const loaded = loadConfiguration(read.text, file, environment);
  if (!loaded.ok) {
    for (const error of loaded.errors) terminal.err(formatConfigurationError(error));
    return exitCode.arguments;
  }
  const problems = await Promise.all(
    chosen(loaded.configuration.alerts, name, file).map(async (receiver) => {
      const problem = await test(receiver);
      if (problem === undefined) terminal.out(`${receiver.name}: ok`);
      else terminal.err(`${receiver.name}: ${problem}`);
      return problem;
    }),
  );
  return problems.every((problem) => problem === undefined) ? exitCode.ok : exitCode.arguments;
}

function chosen(receivers: readonly AlertReceiver[], name: string | undefined, file: string): readonly AlertReceiver[] {
  const wanted = receivers.filter((receiver) => name === undefined || receiver.name === name);
  if (wanted.length > 0) return wanted;
  if (receivers.length === 0) throw new CommandFailure(exitCode.arguments, `${file} has no receivers under alerts`);
  const known = receivers.map((receiver) => receiver.name).join(", ");
  throw new CommandFailure(exitCode.arguments, `${file} has no receiver ${name}: known are ${known}`);
}
