import { formatBytes, parseSize } from "../core/units.js";
import type { Drill } from "./drill.js";
import type { Overrides } from "./drill-state.js";

/** What a model's data file says of the card. */
export class SimulatedModel {
  private readonly settings: ReadonlyMap<string, string>;

  constructor(
    readonly name: string,
    text: string,
  ) {
    const lines = text.split("\n").map((line) => (line.split("#")[0] ?? "").split("=").map((part) => part.trim()));
    this.settings = new Map(lines.flatMap(([key, value]) => (key && value ? [[key, value] as const] : [])));
  }

  has(key: string): boolean {
    return this.settings.has(key);
  }

  number(key: string): number {
    return Number(this.settings.get(key) ?? 0);
  }

  bytes(key: string): number {
    const parsed = parseSize(this.settings.get(key) ?? "0B");
    return parsed.ok ? parsed.value : 0;
  }

  /** What of the memory the driver does not reserve. */
  get allocatableBytes(): number {
    return this.bytes("memory.total") - this.bytes("memory.reserved");
  }
}

/** Why the simulated library would refuse the state after this drill, in a sentence; undefined where it would not. */
export function refusalOf(drill: Drill, model: SimulatedModel, overrides: Overrides): string | undefined {
  switch (drill.kind) {
    case "memory":
      return tooLarge(model, "be free", drill.freeBytes, model.allocatableBytes);
    case "process":
      return tooLarge(model, "be used", drill.usedBytes ?? 0, model.allocatableBytes);
    case "temperature":
      return drill.memoryCelsius === undefined ? undefined : lacks(model, "temperature.memory", "memory temperature");
    case "ecc":
      return lacks(model, "ecc.enabled", "ECC");
    case "rows":
      return lacks(model, "rows.correctable", "row remapping");
    case "pages":
      return lacks(model, "pages.double_bit", "page retirement");
    case "recovery-action":
      return lacks(model, "recovery_action", "recovery action");
    case "fabric":
      return lacks(model, "fabric.state", "NVLink fabric");
    case "nvlink": {
      const links = model.number("nvlink.count");
      const missing = links === 0 ? "none" : `0 to ${links - 1}`;
      return drill.link < links ? undefined : `there is no NVLink ${drill.link}: ${model.name} has ${missing}`;
    }
    case "mig":
      return lacks(model, "mig.profile", "MIG") ?? noInstance(drill, model, overrides);
    default:
      return undefined;
  }
}

const lacks = (model: SimulatedModel, key: string, what: string): string | undefined =>
  model.has(key) ? undefined : `${model.name} has no ${what}`;

const tooLarge = (model: SimulatedModel, verb: string, bytes: number, limit: number): string | undefined =>
  bytes <= limit ? undefined : `${formatBytes(bytes)} cannot ${verb}: ${model.name} has ${formatBytes(limit)}`;

function noInstance(
  { gpu, instances, instance, freeBytes }: Extract<Drill, { kind: "mig" }>,
  model: SimulatedModel,
  overrides: Overrides,
): string | undefined {
  if (instance === undefined || freeBytes === undefined) return undefined;
  const there = instances ?? Number(overrides.get(`gpu.${gpu === "all" ? 0 : gpu}.mig.count`) ?? 0);
  if (instance >= there) return `there is no MIG instance ${instance}: make some with drill mig --instances`;
  const size = model.bytes("mig.memory");
  return freeBytes <= size
    ? undefined
    : `${formatBytes(freeBytes)} cannot be free: an instance has ${formatBytes(size)}`;
}
