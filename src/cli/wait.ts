import { Command, Option } from "commander";
import type { HealthUpdate } from "../client/health-client.js";
import { formatDuration } from "../core/units.js";
import { addClientFlags, type ClientFlags, clientOptions, serviceOption } from "./client-flags.js";
import { type ExitCode, exitCode } from "./exit-code.js";
import { positiveDuration } from "./go-duration.js";
import { parseTarget } from "./target.js";
import { endWith, processTerminal, type Terminal } from "./terminal.js";

export interface WaitOptions extends ClientFlags {
  readonly service: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/** `wait`: until a component serves, for scripts that start something which needs it. */
export function waitCommand(): Command {
  const command = new Command("wait")
    .description("wait until a component of a gRPC server serves, and say what it waits for")
    .argument("<address>", "HOST:PORT, [IPV6]:PORT or unix:PATH of the server, which need not run yet")
    .addOption(serviceOption("the component to wait for"))
    .addOption(
      new Option("--timeout <duration>", "how long to wait at most, such as 90s or 5m")
        .argParser(positiveDuration)
        .default(60_000, "1m"),
    );
  return addClientFlags(command)
    .addHelpText(
      "after",
      "\nExit codes, as of check: 0 serving, 1 arguments, 2 no connection, 3 the RPC failed, 4 not serving.\n" +
        "\nExample:\n  $ gpu-health wait 127.0.0.1:50051 --service inference --timeout 5m && ./start-traffic",
    )
    .action((address: string, options: WaitOptions) => endWith(() => runWait(address, options, processTerminal)));
}

/** Throws a HealthClientError when the time is up, or when the server cannot tell its health at all. */
export async function runWait(address: string, options: WaitOptions, terminal: Terminal): Promise<ExitCode> {
  const target = parseTarget(address);
  const { service, timeout } = options;
  const settings = clientOptions(options);
  const { waitUntilServing } = await import("../client/wait-until-serving.js");
  const what = service === "" ? "" : `"${service}" of `;
  terminal.err(`waiting up to ${formatDuration(timeout)} for ${what}${target.address}`);
  const startMs = performance.now();
  const after = (): string => formatDuration(performance.now() - startMs);
  await waitUntilServing(target.address, {
    ...settings,
    service,
    timeoutMs: timeout,
    onUpdate: (update) => terminal.err(`after ${after()}: ${describe(update)}`),
  });
  terminal.out(`status: SERVING after ${after()}`);
  return exitCode.ok;
}

const describe = (update: HealthUpdate): string =>
  update.kind === "status" ? `status: ${update.status}` : update.error.message;
