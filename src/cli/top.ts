import { Command, Option } from "commander";
import { formatAddress, parseAddress } from "../core/address.js";
import { type Clock, systemClock } from "../core/clock.js";
import type { Known } from "../live/known.js";
import { CommandFailure, type ExitCode, exitCode } from "./exit-code.js";
import type { HttpTarget } from "./http-request.js";
import { endWith, processTerminal, type Terminal, untilInterrupted } from "./terminal.js";
import { addTlsFlags, type TlsOptions } from "./tls-flags.js";

export interface TopOptions extends TlsOptions {
  readonly once?: boolean;
  readonly token?: string;
}

/** `top`: the status page in a terminal. */
export function topCommand(): Command {
  const command = new Command("top")
    .description("show GPUs, components, checks and the last changes as they are now, until q is pressed")
    .argument("<address>", "HOST:PORT, [IPV6]:PORT or unix:PATH of the server's HTTP listener")
    .option("--once", "print it once; so it is where standard output is no screen, too")
    .addOption(
      new Option("--token <token>", "for details (http.details.token), best from the environment or as file:/PATH").env(
        "GPU_HEALTH_TOKEN",
      ),
    );
  return addTlsFlags(command)
    .addHelpText("after", "\nExample:\n  $ gpu-health top 127.0.0.1:9091")
    .action((address: string, options: TopOptions) => endWith(() => top(address, options)));
}

async function top(address: string, options: TopOptions): Promise<ExitCode> {
  const target = targetOf(address, options);
  const { stdin, stdout, env } = process;
  // A dumb terminal, such as a log or an editor's shell, cannot move its cursor.
  const isScreen = stdout.isTTY === true && env.TERM !== "dumb";
  const isInteractive = options.once !== true && stdin.isTTY === true && isScreen;
  const isStyled = isScreen && (env.NO_COLOR ?? "") === "";
  const look = { isStyled, env };
  if (!isInteractive) return printOnce(target, { ...look, columns: stdout.columns ?? 120 }, processTerminal);
  const { showUntil } = await import("./top/show.js");
  await inWords(target, () => showUntil(untilInterrupted(), target, systemClock, { stdin, stdout, ...look }));
  return exitCode.ok;
}

function targetOf(text: string, { once: _, ...options }: TopOptions): HttpTarget {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new CommandFailure(exitCode.arguments, parsed.problem);
  return { ...options, address: parsed.address };
}

export interface PrintOptions {
  readonly columns: number;
  readonly isStyled: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** All of it, however long. */
export async function printOnce(
  target: HttpTarget,
  { columns, isStyled, env }: PrintOptions,
  terminal: Terminal,
  clock: Clock = systemClock,
): Promise<ExitCode> {
  const [{ frame }, { glyphsFor }, { printed }, { followStream }] = await Promise.all([
    import("./top/frame.js"),
    import("./top/glyphs.js"),
    import("./top/styled-text.js"),
    import("./top/stream.js"),
  ]);
  const stop = new AbortController();
  let known: Known = {};
  await inWords(target, () =>
    followStream(
      target,
      clock,
      (first) => {
        if (known.status === undefined) known = first;
        stop.abort();
      },
      stop.signal,
    ),
  );
  const glyphs = glyphsFor(env);
  for (const line of frame(known, { columns, glyphs, nowMs: clock.nowMs() })) {
    terminal.out(printed(line, columns, { isStyled, isAscii: glyphs.isAscii }).trimEnd());
  }
  return exitCode.ok;
}

/** Says which server it is that cannot be asked. */
async function inWords(target: HttpTarget, ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { RefusedError } = await import("./top/stream.js");
    const code = error instanceof RefusedError ? exitCode.rpc : exitCode.connection;
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(code, `cannot follow ${formatAddress(target.address)}: ${why}`, error);
  }
}
