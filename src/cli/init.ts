import { writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import type { Found } from "./discovery/discover.js";
import { places } from "./discovery/places.js";
import { CommandFailure, type ExitCode, exitCode } from "./exit-code.js";
import type { GpuListing, ListGpus } from "./gpus.js";
import { type Plan, presetNames, presets } from "./presets/presets.js";
import { endWith, processTerminal, type Terminal } from "./terminal.js";

export interface InitOptions {
  readonly preset?: (typeof presetNames)[number];
  readonly output?: string;
  readonly force?: boolean;
}

/** What `init` asks of the rest of the program. */
export interface Surroundings {
  readonly listGpus: ListGpus;
  /** What answers on this machine. */
  readonly discover: () => Promise<readonly Found[]>;
  /** The command that installs what checks of this type need, where it is missing. */
  readonly missingDriver: (type: string) => string | undefined;
}

/** `init`: a commented configuration for what is there, or for a preset. */
export function initCommand(listGpus: ListGpus): Command {
  return new Command("init")
    .description("write a commented configuration, for what answers on this machine or for a preset")
    .addOption(new Option("--preset <name>", "a usual setup, instead of looking what there is").choices(presetNames))
    .option("--output <file>", "where to write it; without it: to standard output")
    .option("--force", "replace the file where it is there already")
    .addHelpText(
      "after",
      `
Without a preset it asks the GPU driver, and ports ${places.map(({ port }) => port).join(", ")} of 127.0.0.1.

Examples:
  $ gpu-health init > gpu-health.yaml
  $ gpu-health init --preset vllm --output gpu-health.yaml`,
    )
    .action((options: InitOptions) =>
      endWith(async () => {
        const { discover } = await import("./discovery/discover.js");
        const { missingDriver } = await import("../config/missing-driver.js");
        return init(options, { listGpus, discover, missingDriver }, processTerminal);
      }),
    );
}

/** Throws a CommandFailure where the file cannot be written. */
export async function init(
  { preset, output, force = false }: InitOptions,
  surroundings: Surroundings,
  terminal: Terminal,
): Promise<ExitCode> {
  const { renderPlan } = await import("./presets/render.js");
  const write = (plan: Plan): void => {
    const text = renderPlan(plan, surroundings.missingDriver);
    if (output === undefined) {
      terminal.out(text.trimEnd());
      return;
    }
    writeNew(output, text, force);
    terminal.out(`${output}: written, with ${plan.checks.length} checks. Next: gpu-health validate ${output}`);
  };
  if (preset !== undefined) {
    write(presets[preset]);
    return exitCode.ok;
  }
  const { planFor } = await import("./presets/found.js");
  const found = await surroundings.discover();
  await withGpus(surroundings.listGpus, (listing) => write(planFor(listing, found)));
  return exitCode.ok;
}

/** A driver that hangs ends the process as soon as the GPUs are listed, so all is done by then. */
async function withGpus(listGpus: ListGpus, use: (listing: GpuListing) => void): Promise<void> {
  let failure: unknown;
  await listGpus(
    {},
    (listing) => {
      try {
        use(listing);
      } catch (error) {
        failure = error;
        process.exitCode = exitCode.arguments;
      }
    },
    new AbortController().signal,
  );
  if (failure !== undefined) throw failure;
}

function writeNew(path: string, text: string, force: boolean): void {
  try {
    writeFileSync(path, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === "EEXIST"
        ? "the file is there already: name another one, or use --force"
        : `cannot be written: ${message}`;
    throw new CommandFailure(exitCode.arguments, `${path}: ${why}`, error);
  }
}
