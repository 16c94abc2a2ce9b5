import { Command } from "commander";
import type { Configuration } from "../config/configuration.js";
import { readConfigurationFile } from "../config/file.js";
import { CommandFailure, type ExitCode, exitCode } from "./exit-code.js";
import { endWith, processTerminal, type Terminal } from "./terminal.js";

/** `validate`: every error of a configuration file at once. */
export function validateCommand(): Command {
  return new Command("validate")
    .description("check a configuration file and show every error at once")
    .argument("<file>", "the configuration file")
    .addHelpText("after", "\nExit codes: 0 valid, 1 not valid.\n\nExample:\n  $ gpu-health validate gpu-health.yaml")
    .action((file: string) => endWith(() => validate(file, process.env, processTerminal)));
}

/** Throws a CommandFailure for a file that cannot be read. */
export async function validate(file: string, environment: NodeJS.ProcessEnv, terminal: Terminal): Promise<ExitCode> {
  const read = readConfigurationFile(file);
  if (!read.ok) throw new CommandFailure(exitCode.arguments, read.problem);
  const { formatConfigurationError, loadConfiguration } = await import("../config/load.js");
  const loaded = loadConfiguration(read.text, file, environment);
  if (loaded.ok) {
    terminal.out(`${file}: ok: ${summary(loaded.configuration)}`);
    return exitCode.ok;
  }
  for (const error of loaded.errors) terminal.err(formatConfigurationError(error));
  return exitCode.arguments;
}

function summary({ checks, components }: Configuration): string {
  const defaults = checks.some(({ isImplicit }) => isImplicit) ? " (the default ones)" : "";
  return `${counted(checks.length, "check")}${defaults}, ${counted(components.length, "component")}`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
