import { Command } from "commander";
import { type ExitCode, exitCode } from "./exit-code.js";
import { clientTimeoutMs, type OutputFormat, outputOption } from "./list.js";
import { parseTarget } from "./target.js";
import { endWith, processTerminal, type Terminal, untilInterrupted } from "./terminal.js";
import { addTlsFlags, type TlsOptions } from "./tls-flags.js";

export interface WatchOptions extends TlsOptions {
  readonly service: string;
  readonly output: OutputFormat;
}

/** `watch`: a component's status now and at each change, until SIGINT or SIGTERM. */
export function watchCommand(): Command {
  const command = new Command("watch")
    .description("show a component's status now and at every change; Ctrl-C ends it")
    .argument("<address>", "HOST:PORT, [IPV6]:PORT or unix:PATH of the server")
    .option("--service <name>", "the component to watch; without it, all that traffic depends on", "")
    .addOption(outputOption());
  return addTlsFlags(command)
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
  options: WatchOptions,
  terminal: Terminal,
  stop: AbortSignal,
  now: () => Date = () => new Date(),
): Promise<ExitCode> {
  const target = parseTarget(address);
  const { service, output } = options;
  const [{ secured }, { connect, untilStopped }] = await Promise.all([
    import("./credentials.js"),
    import("./health-client.js"),
  ]);
  const client = await connect(target, { timeoutMs: clientTimeoutMs, ...secured(options) });
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
