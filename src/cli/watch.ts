import { Command } from "commander";
import { addClientFlags, type ClientFlags, clientOptions, serviceOption } from "./client-flags.js";
import { type ExitCode, exitCode } from "./exit-code.js";
import { type OutputFormat, outputOption } from "./list.js";
import { parseTarget } from "./target.js";
import { endWith, processTerminal, type Terminal, untilInterrupted } from "./terminal.js";

export interface WatchOptions extends ClientFlags {
  readonly service: string;
  readonly output: OutputFormat;
}

/** `watch`: a component's status now and at each change, until SIGINT or SIGTERM. */
export function watchCommand(): Command {
  const command = new Command("watch")
    .description("show a component's status now and at every change; Ctrl-C ends it")
    .argument("<address>", "HOST:PORT, [IPV6]:PORT or unix:PATH of the server")
    .addOption(serviceOption("the component to watch"))
    .addOption(outputOption());
  return addClientFlags(command)
    .addHelpText("after", "\nExample:\n  $ gpu-health watch 127.0.0.1:50051 --service gpu/0 --output json")
    .action((address: string, options: WatchOptions) =>
      endWith(() => runWatch(address, options, processTerminal, untilInterrupted())),
    );
}

/**
 * One Watch, until `stop` aborts. Throws a HealthClientError when the server ends the stream first, so that a script
 * learns of it. `now` stamps the lines.
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
  const settings = clientOptions(options);
  const { HealthClient } = await import("../client/health-client.js");
  const client = new HealthClient(target.address, settings);
  try {
    await client.connect();
    for await (const update of client.watch(service, { signal: stop })) {
      if (update.kind === "interrupted") throw update.error;
      const time = now().toISOString();
      const { status } = update;
      terminal.out(output === "json" ? JSON.stringify({ time, service, status }) : `${time}  ${status}`);
    }
    return exitCode.ok;
  } finally {
    client.close();
  }
}
