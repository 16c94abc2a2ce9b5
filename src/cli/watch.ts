import { Command } from "commander";
import { type ExitCode, exitCode } from "./exit-code.js";
import { clientTimeoutMs, type OutputFormat, outputOption } from "./list.js";
import { parseTarget } from "./target.js";
import { endWith, processTerminal, type Terminal, untilInterrupted } from "./terminal.js";

export interface WatchOptions {
  readonly service: string;
  readonly output: OutputFormat;
}

/** `watch`: a component's status now and at each change, until SIGINT or SIGTERM. */
export function watchCommand(): Command {
  return new Command("watch")
    .description("show a component's status now and at every change; Ctrl-C ends it")
    .argument("<address>", "HOST:PORT, [IPV6]:PORT or unix:PATH of the server")
    .option("--service <name>", "the component to watch; without it, all that traffic depends on", "")
    .addOption(outputOption())
    .addHelpText("after", "\nExample:\n  $ gpu-health watch 127.0.0.1:50051 --service gpu/0 --output json")
    .action((address: string, options: WatchOptions) =>
      endWith(() => runWatch(address, options, processTerminal, untilInterrupted())),
    );
}

/**
 * One Watch, until `stop` aborts. Throws a CommandFailure when the server ends the stream first.
 * `now` stamps the lines.
 */
export async function runWatch(
  address: string,
  { service, output }: WatchOptions,
  terminal: Terminal,
  stop: AbortSignal,
  now: () => Date = () => new Date(),
): Promise<ExitCode> {
  const target = parseTarget(address);
  const { connect, untilStopped } = await import("./health-client.js");
  const client = await connect(target, { timeoutMs: clientTimeoutMs });
  try {
    const stream = client.Watch({ service });
    stream.on("data", ({ status }: { status: string }) => {
      const time = now().toISOString();
      terminal.out(output === "json" ? JSON.stringify({ time, service, status }) : `${time}  ${status}`);
    });
    await untilStopped(target, stream, stop);
    return exitCode.ok;
  } finally {
    client.close();
  }
}
