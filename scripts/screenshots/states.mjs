const gpus = (count, of) => Array.from({ length: count }, (_, gpu) => of(gpu)).flat();

/** GPUs at work: memory taken by one process each, busy, warm. */
const busy = (count, gib) =>
  gpus(count, (gpu) => [
    { kind: "process", gpu, pid: 41_200 + gpu * 7, name: "vllm", usedBytes: gib * 2 ** 30 },
    { kind: "utilization", gpu, gpuPercent: 74 + ((gpu * 5) % 20), memoryPercent: 40 },
    { kind: "temperature", gpu, celsius: 61 + ((gpu * 3) % 9) },
    { kind: "power", gpu, watts: 520 + ((gpu * 31) % 110) },
  ]);

const service = `
gpu: { inspectionInterval: 1s, stallAfter: 3s }
checks:
  gpu: { type: gpu, minFreeMemory: 2GiB }
  disk: { type: disk, maxUsed: 95% }
  memory: { type: memory, maxUsed: 90% }
components:
  inference: { critical: [gpu], optional: [disk, memory], description: "text generation" }
`;

const is = (status, reason) => (state) =>
  state.status === status && (reason === undefined || state.reason === reason) && Object.keys(state.gpus).length > 0;

export const states = [
  { name: "healthy", simulate: "h200x2", config: service, busy: busy(2, 96), until: is("healthy"), fullPage: true },
  {
    name: "degraded",
    simulate: "h200x2",
    config: service,
    busy: busy(2, 96),
    drills: [
      { kind: "throttle", gpu: 1, reason: "hw-thermal" },
      { kind: "rows", gpu: 1, pending: true },
    ],
    until: is("degraded"),
  },
  {
    name: "unhealthy",
    simulate: "h200x2",
    config: service,
    busy: busy(2, 96),
    drills: [{ kind: "xid", gpu: 1, code: 79 }],
    until: is("unhealthy"),
  },
  {
    name: "hung",
    simulate: "h200x2",
    config: service,
    busy: busy(2, 96),
    drills: [{ kind: "hang", gpu: 0, function: "*" }],
    until: is("unhealthy"),
  },
  {
    name: "draining",
    simulate: "h200x2",
    config: service,
    busy: busy(2, 96),
    until: is("healthy"),
    before: async ({ server }) => {
      await server.drain("kernel update, back at 15:00");
      await server.until(({ drain }) => drain !== undefined);
    },
  },
  {
    name: "no-gpu",
    config: "gpu: { library: /nowhere/libnvidia-ml.so.1 }\nchecks:\n  gpu: { type: gpu }\n",
    until: ({ status }) => status === "unhealthy",
    height: 760,
  },
  {
    name: "disconnected",
    simulate: "h200x2",
    config: service,
    busy: busy(2, 96),
    until: is("healthy"),
    before: async ({ server, page }) => {
      server.freeze();
      await page.waitForSelector("main.stale");
      await page.waitForTimeout(4000);
    },
  },
  { name: "dark", simulate: "h200x2", config: service, busy: busy(2, 96), scheme: "dark", until: is("healthy") },
  {
    name: "phone",
    simulate: "h200x2",
    config: service,
    busy: busy(2, 96),
    drills: [{ kind: "memory", gpu: 0, freeBytes: 300 * 2 ** 20 }],
    until: is("unhealthy"),
    width: 390,
    height: 1200,
  },
  {
    name: "16-gpus",
    simulate: "h100x16",
    config: service,
    busy: busy(16, 58),
    drills: [
      { kind: "xid", gpu: 11, code: 48 },
      { kind: "rows", gpu: 4, pending: true },
    ],
    until: is("unhealthy"),
    height: 1000,
  },
  {
    name: "mig",
    simulate: "h100x1",
    config: service,
    drills: [
      { kind: "mig", gpu: 0, instances: 3 },
      { kind: "mig", gpu: 0, instance: 1, freeBytes: 200 * 2 ** 20 },
    ],
    until: is("unhealthy"),
  },
];
