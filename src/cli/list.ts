import { Command, Option } from "commander";
import { type ExitCode, exitCode } from "./exit-code.js";
import { parseTarget } from "./target.js";
import { endWith, processTerminal, type Terminal } from "./terminal.js";
import { addTlsFlags, type TlsOptions } from "./tls-flags.js";

export type OutputFormat = "text" | "json";

/** For people, or for machines. */
export const outputOption = (): Option =>
  new Option("--output <format>", "text for people, json for machines").choices(["text", "json"]).default("text");

/** Limit for the connection, and for the answer. */
export const clientTimeoutMs = 5000;

export interface ListOptions extends TlsOptions {
  readonly output: OutputFormat;
}

/** `list`: every component with its status. */
export function listCommand(): Command {
  const command = new Command("list")
    .description("show every component that a gRPC server serves, with its status")
    .argument("<address>", "HOST:PORT, [IPV6]:PORT or unix:PATH of the server")
    .addOption(outputOption());
  return addTlsFlags(command)
    .addHelpText("after", "\nExample:\n  $ gpu-health list 127.0.0.1:50051 --output json")
    .action((address: string, options: ListOptions) => endWith(() => runList(address, options, processTerminal)));
}

/** One List. Throws a CommandFailure where there is no answer. */
export async function runList(address: string, options: ListOptions, terminal: Terminal): Promise<ExitCode> {
  const target = parseTarget(address);
  const [{ secured }, { call, connect }] = await Promise.all([
    import("./credentials.js"),
    import("./health-client.js"),
  ]);
  const client = await connect(target, { timeoutMs: clientTimeoutMs, ...secured(options) });
  try {
    const deadline = Date.now() + clientTimeoutMs;
    const { statuses } = await call<{ statuses: Record<string, { status: string }> }>(target, (callback) =>
      client.List({}, { deadline }, callback),
    );
    const components = Object.entries(statuses).map(([name, { status }]) => [name, status] as const);
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
