import { HealthClientError } from "../client/health-client-error.js";
import { CommandFailure, type ExitCode, exitCode } from "./exit-code.js";

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

/** Runs a command to its exit code. What keeps it from its answer becomes one line on standard error. */
export async function exitCodeOf(terminal: Terminal, run: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await run();
  } catch (error) {
    const code = failureCode(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    terminal.err(`error: ${error.message}`);
    return code;
  }
}

function failureCode(error: unknown): ExitCode | undefined {
  if (error instanceof CommandFailure) return error.exitCode;
  return error instanceof HealthClientError ? exitCodeOfKind[error.kind] : undefined;
}

const exitCodeOfKind = {
  connection: exitCode.connection,
  rpc: exitCode.rpc,
  not_serving: exitCode.notServing,
} as const;

/**
 * Sets the exit code of the process; it ends by itself once its connection is closed. The code is the same where nobody
 * reads all of its output, as in `list | head -1`.
 */
export async function endWith(run: () => Promise<ExitCode>): Promise<void> {
  whenNobodyReads(() => {});
  process.exitCode = await exitCodeOf(processTerminal, run);
}

/**
 * For commands that show news until somebody ends them: aborts on SIGINT, on SIGTERM, and when nobody reads standard
 * output any more, as after `| head -1`.
 */
export function untilInterrupted(): AbortSignal {
  const interruption = new AbortController();
  const abort = (): void => interruption.abort();
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  whenNobodyReads(abort);
  return interruption.signal;
}

/** What no command expects: one line on standard error, and exit code 1. */
export function endUnexpectedly(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`gpu-health: ${message.replaceAll(/\s+/g, " ")}`);
  process.exit(exitCode.arguments);
}

/** Node would end the process with a stack trace at the second write, and take a full disk for a success at the first. */
function whenNobodyReads(end: () => void): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") end();
    else endUnexpectedly(error);
  });
}
