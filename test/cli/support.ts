import { Command } from "commander";
import type { ExitCode } from "../../src/cli/exit-code.js";
import { exitCodeOf, type Terminal } from "../../src/cli/terminal.js";

/** Keeps what a command prints. */
export class FakeTerminal implements Terminal {
  readonly outLines: string[] = [];
  readonly errLines: string[] = [];

  out(line: string): void {
    this.outLines.push(line);
  }

  err(line: string): void {
    this.errLines.push(line);
  }
}

export interface Outcome {
  readonly code: ExitCode;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Runs a command to its end. */
export async function outcomeOf(run: (terminal: Terminal) => Promise<ExitCode>): Promise<Outcome> {
  const terminal = new FakeTerminal();
  const code = await exitCodeOf(terminal, () => run(terminal));
  return { code, out: terminal.outLines, err: terminal.errLines };
}

/** What a command makes of its arguments, without running it: its options, or its complaint and exit code. */
export function parse(command: Command, args: readonly string[]): Record<string, unknown> {
  let said = "";
  const write = (text: string): void => {
    said += text;
  };
  command
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write })
    .action(() => {});
  try {
    new Command("gpu-health")
      .addCommand(command)
      .exitOverride()
      .parse([command.name(), ...args], { from: "user" });
  } catch (error) {
    return { said, exitCode: (error as { exitCode: number }).exitCode };
  }
  return { ...command.opts(), args: command.args };
}
