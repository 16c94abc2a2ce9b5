import type { Found } from "../discovery/discover.js";
import { places } from "../discovery/places.js";
import type { GpuListing } from "../gpus.js";
import type { Block } from "./block.js";
import { cudaBlock, gpuBlock, machineBlocks, servedGpu } from "./machine-blocks.js";
import { beside9091, type Plan } from "./presets.js";
import { milvusBlock } from "./store-blocks.js";

/** The configuration for what was found on a machine. */
export function planFor(listing: GpuListing, found: readonly Found[]): Plan {
  const services = withOwnNames(found.map(({ block }) => block));
  const hasModelServer = services.some(({ type }) => type === "model");
  const free = gpuBlock("2GiB", "less means that somebody else fills the GPU");
  const gpuBlocks = hasGpus(listing) ? [hasModelServer ? servedGpu : free, ...(hasModelServer ? [] : [cudaBlock])] : [];
  return {
    purpose: "Written by gpu-health init for what answered on this machine.",
    notes: ["", `GPUs: ${describeGpus(listing)}`, ...describeServices(found)],
    component: { name: "service", description: "All that was found on this machine" },
    checks: [...gpuBlocks, ...services, ...machineBlocks],
    ...(found.some(({ block }) => block === milvusBlock) ? { httpListen: beside9091 } : {}),
  };
}

const hasGpus = ({ library, gpus }: GpuListing): boolean => library.phase === "ready" && gpus.length > 0;

function describeGpus({ library, gpus }: GpuListing): string {
  if (library.phase === "failed") return `none. ${plain(library.message)}`;
  if (library.phase !== "ready") return "NVML did not answer, so nothing is said of them here";
  const names = gpus.map(({ name }) => (name?.ok ? plain(name.value) : "a GPU that does not say what it is"));
  return names.length === 0
    ? "NVML shows none"
    : [...new Set(names)].map((name) => `${count(names, name)} x ${name}`).join(", ");
}

const count = (all: readonly string[], one: string): number => all.filter((each) => each === one).length;

function describeServices(found: readonly Found[]): readonly string[] {
  const looked = [...new Set(places.map(({ kind }) => kind))].map((kind) => {
    const ports = places.filter((place) => place.kind === kind).map(({ port }) => port);
    return `${kind} (${ports.join(", ")})`;
  });
  const answered = found.map(({ place, block }) => `${block.name} at ${place.port}`);
  return [
    `Looked for on 127.0.0.1: ${looked.join(", ")}`,
    `Answered: ${answered.length === 0 ? "none of them" : answered.join(", ")}`,
  ];
}

/** Two engines of a kind have names of their own. */
function withOwnNames(blocks: readonly Block[]): readonly Block[] {
  return blocks.map((block, index) => {
    const before = blocks.slice(0, index).filter(({ name }) => name === block.name).length;
    return before === 0 ? block : { ...block, name: `${block.name}-${before + 1}` };
  });
}

/** Fit for a comment. */
const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]+/g, " ").slice(0, 500);
