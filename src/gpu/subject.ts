import type { Subject } from "../core/result.js";
import type { NvmlReading } from "./nvml-reading.js";
import type { GpuView, MigInstance, MigInstanceId } from "./snapshot.js";

/** The component that one GPU is served as: `gpu/0`, and `gpu/<uuid>` where the UUID is known. */
export function gpuSubject(gpu: GpuView): Subject {
  return {
    name: `gpu/${gpu.index}`,
    aliases: gpu.uuid.ok ? [`gpu/${gpu.uuid.value}`] : [],
    labels: {
      gpu: String(gpu.index),
      uuid: textOf(gpu.uuid),
      name: textOf(gpu.name),
      pci_bus_id: textOf(gpu.pciBusId),
    },
  };
}

/** The component that a MIG instance is served as: `gpu/0/mig/1.0`, and `gpu/MIG-…` where its UUID is known. */
export function migSubject(gpu: GpuView, instance: MigInstance): Subject {
  return {
    name: migSubjectName(`gpu/${gpu.index}`, instance),
    aliases: instance.uuid.ok ? [`gpu/${instance.uuid.value}`] : [],
    labels: {
      gpu: String(gpu.index),
      mig: `${instance.gpuInstanceId}.${instance.computeInstanceId}`,
      uuid: textOf(instance.uuid),
      name: textOf(instance.name),
      pci_bus_id: textOf(gpu.pciBusId),
    },
  };
}

/** `gpu/0/mig/1.0`: GPU instance 1, compute instance 0 of `gpu/0`. */
export const migSubjectName = (parent: string, { gpuInstanceId, computeInstanceId }: MigInstanceId): string =>
  `${parent}/mig/${gpuInstanceId}.${computeInstanceId}`;

/** Prometheus takes an empty label for an absent one. */
const textOf = (reading: NvmlReading<string>): string => (reading.ok ? reading.value : "");
