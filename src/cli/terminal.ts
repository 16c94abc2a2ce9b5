import { CommandFailure, type ExitCode } from "./exit-code.js";

/** Where a command writes its lines. */
export interface Terminal {
  /** Standard output: what was asked for. */
  out(line: string): void;
  /** Standard error: why it is not there. */
  err(line: string): void;
}

export const processTerminal: Terminal = {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
};

/** Runs a command to its exit code. A {@link CommandFailure} becomes one line on standard error. */
export async function exitCodeOf(terminal: Terminal, run: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    terminal.err(`error: ${error.message}`);
    return error.exitCode;
  }
}

/** Sets the exit code of the process; it ends by itself once its connection is closed. */
export async function endWith(run: () => Promise<ExitCode>): Promise<void> {
  process.exitCode = await exitCodeOf(processTerminal, run);
}
