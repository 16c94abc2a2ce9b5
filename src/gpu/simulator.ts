import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildFolder } from "./build-folder.js";
import type { Drill } from "./drill.js";
import { applyDrill, type Overrides } from "./drill-state.js";
import { refusalOf, SimulatedModel } from "./simulated-model.js";
import { makeSimulatorFolder } from "./simulator-folder.js";

/** Where the build puts the simulated library and its models. */
const folder = fileURLToPath(new URL("simulator/", buildFolder));

const maxGpus = 64;

/** Simulated GPUs of one model. */
export interface Fleet {
  readonly model: string;
  readonly count: number;
}

/** The GPU models that can be simulated, as `--simulate` names them; empty where the native part is not built. */
export function simulatedModels(): readonly string[] {
  if (!existsSync(join(folder, "models"))) return [];
  const files = readdirSync(join(folder, "models")).filter((file) => file.endsWith(".conf"));
  return files.map((file) => file.slice(0, -".conf".length)).sort();
}

/** `h200` is one GPU, `h200x8` eight. Throws a sentence for people on anything else. */
export function parseFleet(text: string): Fleet {
  const models = simulatedModels();
  if (models.length === 0) {
    throw new Error("the simulator is not built: install a C++ compiler and cmake, then run npm rebuild gpu-health");
  }
  const { model, count } = splitFleet(text.toLowerCase(), models);
  if (!models.includes(model)) {
    throw new Error(`cannot simulate ${JSON.stringify(text)}: the models are ${models.join(", ")}, as in h200x8`);
  }
  if (count < 1 || count > maxGpus) {
    throw new Error(`cannot simulate ${count} GPUs: 1 to ${maxGpus} are possible, as in ${model}x8`);
  }
  return { model, count };
}

/** A model may itself end as a count does: `rtx4090` is one GPU, and not 4090 of model `rt`. */
function splitFleet(text: string, models: readonly string[]): Fleet {
  const [, model, digits] = models.includes(text) ? [] : (/^(.+)x([0-9]+)$/.exec(text) ?? []);
  return { model: model ?? text, count: Number(digits ?? 1) };
}

/**
 * The simulated NVML library, controlled through the state file that it reads. One at a time in a process, since the
 * library finds that file through the environment.
 */
export class Simulator {
  private static current: Simulator | undefined;

  readonly libraryPath = join(folder, "libnvidia-ml.so.1");
  private readonly directory: string;
  private readonly model: SimulatedModel;
  private overrides: Overrides = new Map();

  /** @throws Error where there is one in this process already. */
  constructor(readonly fleet: Fleet) {
    if (Simulator.current !== undefined) {
      throw new Error(
        `${Simulator.current.fleet.model} is simulated in this process already: one set of GPUs at a time`,
      );
    }
    this.model = new SimulatedModel(fleet.model, readFileSync(join(folder, "models", `${fleet.model}.conf`), "utf8"));
    this.directory = makeSimulatorFolder();
    this.write();
    process.env.NVML_SIMULATOR_STATE = this.stateFile;
    Simulator.current = this;
  }

  /** Where the state lies, for those who want to change it by hand. */
  get stateFile(): string {
    return join(this.directory, "state.conf");
  }

  /** Changes the simulated GPUs; the library sees it at its next call. Throws a sentence for people on what cannot be. */
  apply(drill: Drill): void {
    const { model, count } = this.fleet;
    if ("gpu" in drill && drill.gpu !== "all" && drill.gpu >= count) {
      throw new Error(`there is no simulated GPU ${drill.gpu}: ${model}x${count} has 0 to ${count - 1}`);
    }
    const refusal = refusalOf(drill, this.model, this.overrides);
    if (refusal !== undefined) throw new Error(refusal);
    this.overrides = applyDrill(this.overrides, drill, { gpuCount: count, nowMs: Date.now() });
    this.write();
  }

  /** Removes the state file. The library keeps the last state that it read. */
  stop(): void {
    if (Simulator.current === this) Simulator.current = undefined;
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** By renaming, so that the library never reads half a file. */
  private write(): void {
    const { model, count } = this.fleet;
    const lines = [`model = ${model}`, `count = ${count}`, ...[...this.overrides].map(([k, v]) => `${k} = ${v}`)];
    const draft = `${this.stateFile}.new`;
    writeFileSync(draft, `${lines.join("\n")}\n`);
    renameSync(draft, this.stateFile);
  }
}
