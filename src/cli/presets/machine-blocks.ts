import type { Block } from "./block.js";

/** The GPUs and the machine that they are in. */

/** `minFreeMemory`: what must be free for work to be taken; a model server keeps nearly all to itself. */
export const gpuBlock = (minFreeMemory: string, why: string): Block => ({
  name: "gpu",
  type: "gpu",
  importance: "critical",
  comment: ["Every GPU answers, has no fault (XIDs, ECC, heat, links …) and keeps these limits."],
  options: [
    `minFreeMemory: ${minFreeMemory} # ${why}`,
    "# expect: { count: 8 } # how many there must be, where you know",
  ],
});

/** For GPUs that one model server has to itself. */
export const servedGpu: Block = gpuBlock("256MiB", "engines take nearly all of it on purpose");

export const cudaBlock: Block = {
  name: "cuda",
  type: "cuda",
  importance: "critical",
  comment: ["Now and then a kernel runs on each GPU that has nothing to do: a driver can answer while CUDA is broken."],
  options: ["interval: 5m", "timeout: 30s"],
};

export const memoryBlock: Block = {
  name: "memory",
  type: "memory",
  importance: "critical",
  comment: ["Of this container, or of the machine: before the kernel kills the server for it."],
  options: ["maxUsed: 95%"],
};

export const diskBlock: Block = {
  name: "disk",
  type: "disk",
  importance: "optional",
  comment: ["Logs and caches of models fill disks."],
  options: ["path: /", "maxUsed: 90%"],
};

export const machineBlocks: readonly Block[] = [memoryBlock, diskBlock];
