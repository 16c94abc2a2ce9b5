import { Command, Option } from "commander";
import { addClientFlags, type ClientFlags, clientOptions } from "./client-flags.js";
import { type ExitCode, exitCode } from "./exit-code.js";
import { parseTarget } from "./target.js";
import { endWith, processTerminal, type Terminal } from "./terminal.js";

export type OutputFormat = "text" | "json";

/** For people, or for machines. */
export const outputOption = (): Option =>
  new Option("--output <format>", "for people or for machines").choices(["text", "json"]).default("text");

export interface ListOptions extends ClientFlags {
  readonly output: OutputFormat;
}

/** `list`: every component with its status. */
export function listCommand(): Command {
  const command = new Command("list")
    .description("show every component that a gRPC server serves, with its status")
    .argument("<address>", "HOST:PORT, [IPV6]:PORT or unix:PATH of the server")
    .addOption(outputOption());
  return addClientFlags(command)
    .addHelpText("after", "\nExample:\n  $ gpu-health list 127.0.0.1:50051 --output json")
    .action((address: string, options: ListOptions) => endWith(() => runList(address, options, processTerminal)));
}

/** One List. Throws a CommandFailure where there is no answer. */
export async function runList(address: string, options: ListOptions, terminal: Terminal): Promise<ExitCode> {
  const target = parseTarget(address);
  const settings = clientOptions(options);
  const { HealthClient } = await import("../client/health-client.js");
  const client = new HealthClient(target.address, settings);
  try {
    await client.connect();
    const components = Object.entries(await client.list());
    components.sort(([a], [b]) => (a < b ? -1 : 1));
    if (options.output === "json") terminal.out(JSON.stringify(Object.fromEntries(components)));
    else for (const line of table(components)) terminal.out(line);
    return exitCode.ok;
  } finally {
    client.close();
  }
}

function table(components: readonly (readonly [name: string, status: string])[]): readonly string[] {
  const rows = components.map(([name, status]) => [name === "" ? '""' : name, status] as const);
  const width = Math.max(...rows.map(([name]) => name.length), "COMPONENT".length);
  return [["COMPONENT", "STATUS"] as const, ...rows].map(([name, status]) => `${name.padEnd(width)}  ${status}`);
}
