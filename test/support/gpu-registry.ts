import type { CheckAbout } from "../../src/core/check.js";
import type { ComponentDefinition } from "../../src/core/component.js";
import { Registry } from "../../src/core/registry.js";
import { present, type Readings, type Result, type Subject, unsupported } from "../../src/core/result.js";
import { nextCheckState } from "../../src/core/transition.js";
import { ManualClock } from "./manual-clock.js";

const once = { failureThreshold: 1, successThreshold: 1 };

export const gpuReadings: Readings = {
  memoryTotalBytes: present(80 * 2 ** 30),
  memoryFreeBytes: present(79.5 * 2 ** 30),
  gpuUtilizationRatio: present(0.25),
  temperatureCelsius: present(41),
  powerWatts: present(121.5),
  powerLimitWatts: present(700),
  smClockHertz: unsupported,
};

export const lowMemory: Result = {
  status: "unhealthy",
  reason: "insufficient_gpu_memory",
  message: "0.3 GiB free on gpu/0, 2 GiB needed",
  remedy: "free GPU memory or lower minFreeMemory",
  readings: { ...gpuReadings, memoryFreeBytes: present(0.3 * 2 ** 30) },
};

export const goodGpu: Result = { status: "healthy", reason: "ok", message: "79.5 GiB free", readings: gpuReadings };

export function gpuSubject(index: number): Subject {
  const uuid = `GPU-0000000${index}`;
  const labels = { gpu: String(index), uuid, name: "NVIDIA H200", pci_bus_id: `00000000:${index}9:00.0` };
  return { name: `gpu/${index}`, aliases: [`gpu/${uuid}`], labels };
}

/** A registry with the components of a server that watches GPUs (`gpu`), its event loop and a cache (optional). */
export class GpuRegistry {
  readonly clock = new ManualClock();
  readonly registry = new Registry(this.clock);
  private readonly states = new Map<string, ReturnType<typeof nextCheckState>>();

  constructor() {
    this.define();
  }

  /** The components, and what is said about checks. */
  define(about: Readonly<Record<string, CheckAbout>> = {}): void {
    const traffic = { critical: ["gpu"], optional: ["cache"], carriesTraffic: true };
    const definitions: ComponentDefinition[] = [
      { ...traffic, name: "", aliasOf: "readiness" },
      { ...traffic, name: "readiness" },
      { name: "liveness", critical: ["event-loop"], optional: [], carriesTraffic: false },
      { ...traffic, name: "startup", carriesTraffic: false, latches: true },
      { name: "gpu", critical: ["gpu"], optional: [], carriesTraffic: false },
    ];
    this.registry.define(definitions, new Map(Object.entries(about)));
  }

  /** One result for each GPU, by index. */
  publishGpus(...results: readonly Result[]): void {
    const entries = results.map((result, index) => this.entry("gpu", "gpu", result, gpuSubject(index)));
    this.registry.publish("gpu", entries);
  }

  /** As a GPU check says that a GPU is not there, and what those have that are. */
  publishMissing(missing: Result, ...results: readonly Result[]): void {
    const entries = results.map((result, index) => this.entry("gpu", "gpu", result, gpuSubject(index)));
    this.registry.publish("gpu", [this.entry("gpu", "gpu", missing), ...entries]);
  }

  publish(check: string, result: Result, subject?: Subject): void {
    this.registry.publish(check, [this.entry(check, check, result, subject)]);
  }

  private entry(check: string, type: string, result: Result, subject?: Subject) {
    const key = `${check} ${subject?.name ?? ""}`;
    const state = nextCheckState(this.states.get(key), result, once, this.clock.nowMs());
    this.states.set(key, state);
    return subject === undefined ? { check, type, state } : { check, type, subject, state };
  }
}
