import { Command, Option } from "commander";
import { addClientFlags, type ClientFlags, clientOptions, serviceOption } from "./client-flags.js";
import { CommandFailure, type ExitCode, exitCode } from "./exit-code.js";
import { positiveDuration } from "./go-duration.js";
import { normalizeGoFlags } from "./go-flags.js";
import { parseTarget } from "./target.js";
import { endWith, processTerminal, type Terminal } from "./terminal.js";

/** `check`'s flags: those of grpc_health_probe. Durations in milliseconds. */
export interface CheckOptions extends ClientFlags {
  readonly addr?: string;
  readonly service: string;
  readonly userAgent: string;
  readonly connectTimeout: number;
  readonly rpcTimeout: number;
  readonly gzip?: boolean;
  readonly verbose?: boolean;
}

const booleanFlags = new Set(["tls", "tls-no-verify", "gzip", "verbose", "version", "help"]);

/** Takes its flags as Go programs do, besides commander's way. */
class GoStyleCommand extends Command {
  override parseOptions(args: string[]) {
    return super.parseOptions(normalizeGoFlags(args, booleanFlags));
  }
}

/** `check`: one Check, with the flags and the exit codes of grpc_health_probe. */
export function checkCommand(version: string): Command {
  const command = new GoStyleCommand("check")
    .description("ask a gRPC server for its health; flags and exit codes are those of grpc_health_probe")
    .argument("[address]", "HOST:PORT, [IPV6]:PORT or unix:PATH of the server; also --addr")
    .option("--addr <address>", "the server, as grpc_health_probe writes it")
    .addOption(serviceOption("the component to ask for"))
    .option("--user-agent <text>", "start of the user-agent header", `gpu-health/${version}`)
    .addOption(limitOption("--connect-timeout <duration>", "limit for the connection, such as 500ms or 1m30s"))
    .addOption(limitOption("--rpc-timeout <duration>", "limit for the answer"));
  return addClientFlags(command)
    .option("--gzip", "compress the request")
    .option("-v, --verbose", "say how long connection and answer took")
    .version(version, "--version")
    .addHelpText(
      "after",
      "\nExit codes: 0 serving, 1 arguments, 2 no connection, 3 the RPC failed, 4 not serving.\n" +
        "\nExamples:\n  $ gpu-health check 127.0.0.1:50051 --service gpu/0\n" +
        "  $ gpu-health check -addr=unix:/run/gpu-health.sock -rpc-timeout=500ms",
    )
    .action((address: string | undefined, options: CheckOptions) =>
      endWith(() => runCheck({ ...options, ...(address === undefined ? {} : { addr: address }) }, processTerminal)),
    );
}

const limitOption = (flags: string, help: string): Option =>
  new Option(flags, help).argParser(positiveDuration).default(1000, "1s");

/** One Check. Throws a CommandFailure for every outcome but an answer. */
export async function runCheck(options: CheckOptions, terminal: Terminal): Promise<ExitCode> {
  const { address } = parseTarget(options.addr);
  const settings = { ...clientOptions(options), userAgent: options.userAgent, gzip: options.gzip };
  const { HealthClient } = await import("../client/health-client.js");
  const startMs = performance.now();
  const client = new HealthClient(address, settings);
  try {
    await client.connect(options.connectTimeout);
    const connectedMs = performance.now();
    const status = await client.check(options.service, options.rpcTimeout);
    if (options.verbose) {
      const [connect, rpc] = [connectedMs - startMs, performance.now() - connectedMs].map((ms) => ms.toFixed(1));
      terminal.err(`connected to ${address} in ${connect} ms, answered in ${rpc} ms`);
    }
    if (status === "SERVING") {
      terminal.out(`status: ${status}`);
      return exitCode.ok;
    }
    const name = options.service === "" ? "" : ` for "${options.service}"`;
    throw new CommandFailure(
      exitCode.notServing,
      `${address} answered ${status}${name}; a gpu-health server gives the reason at /health on its HTTP port`,
    );
  } finally {
    client.close();
  }
}
