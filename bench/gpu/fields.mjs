// Every reading of a GPU that can be compared: where it is in our listing, what nvidia-smi calls it, how it may differ.
// nvidia-ml-py's values come by these same names (python/read_nvml.py).

const mebibyte = 2 ** 20;

// How nvidia-smi writes a value. `precision` is what its rounding takes away, in our unit.
const text = { parse: (word) => word, precision: 0 };
const number = { parse: Number, precision: 0 };
const mebibytes = { parse: (word) => Number(word) * mebibyte, precision: mebibyte };
const percent = { parse: (word) => Number(word) / 100, precision: 0 };
const watts = { parse: Number, precision: 0.01 };
const megahertz = { parse: (word) => Number(word) * 1e6, precision: 0 };
const mask = { parse: Number, precision: 0 };
const flag = { parse: (word) => Number(/^(enabled|yes|active|1)$/i.test(word)), precision: 0 };
const oneOf = (...words) => ({
  parse: (word) => {
    const found = words.indexOf(word.replace(/^state\s+/i, "").toLowerCase());
    return found < 0 ? word : found;
  },
  precision: 0,
});
const recoveryAction = oneOf("none", "reset", "reboot", "drain p2p", "drain and reset");
const fabricState = oneOf("not supported", "not started", "in progress", "completed");

/** What our listing gives, or undefined where it gives none. */
const known = (reading, pick = (value) => value) => (reading?.ok ? pick(reading.value) : undefined);
const snapshot = (name, pick) => (gpu) => known(gpu.snapshot?.[name], pick);
const inspection = (name, pick) => (gpu) => known(gpu.inspection?.[name], pick);
const links = (name) => (gpu) => gpu.inspection?.nvlinks.map((link) => known(link[name], Number) ?? "-").join(" ");

/**
 * `ours(gpu, library)`: the value in our listing. `smi`: [field, format] of `nvidia-smi --query-gpu`, several where its
 * versions call it differently. `isAbsentInSmi`: values of ours for which it shows N/A. `moves`: by how much the value may change between two looks at it, in our unit; absent
 * where it has to be the same.
 */
export const fields = [
  { name: "name", ours: (gpu) => known(gpu.name), smi: [["name"], text] },
  { name: "serial", ours: (gpu) => known(gpu.serial), smi: [["serial"], text] },
  { name: "pciBusId", ours: (gpu) => known(gpu.pciBusId), smi: [["pci.bus_id"], text] },
  { name: "driverVersion", ours: (_gpu, library) => known(library.driverVersion), smi: [["driver_version"], text] },

  { name: "memoryTotalBytes", ours: snapshot("memory", (m) => m.totalBytes), smi: [["memory.total"], mebibytes] },
  {
    name: "memoryReservedBytes",
    ours: snapshot("memory", (m) => known(m.reservedBytes)),
    smi: [["memory.reserved"], mebibytes],
    moves: 8 * mebibyte,
  },
  {
    name: "memoryUsedBytes",
    ours: snapshot("memory", (m) => m.usedBytes),
    smi: [["memory.used"], mebibytes],
    moves: 32 * mebibyte,
  },
  {
    name: "memoryFreeBytes",
    ours: snapshot("memory", (m) => m.freeBytes),
    smi: [["memory.free"], mebibytes],
    moves: 32 * mebibyte,
  },
  {
    name: "gpuUtilizationRatio",
    ours: snapshot("utilization", (u) => u.gpuRatio),
    smi: [["utilization.gpu"], percent],
    moves: 0.1,
  },
  {
    name: "memoryUtilizationRatio",
    ours: snapshot("utilization", (u) => u.memoryRatio),
    smi: [["utilization.memory"], percent],
    moves: 0.1,
  },
  { name: "temperatureCelsius", ours: snapshot("temperatureCelsius"), smi: [["temperature.gpu"], number], moves: 2 },
  {
    name: "memoryTemperatureCelsius",
    ours: snapshot("memoryTemperatureCelsius"),
    smi: [["temperature.memory"], number],
    moves: 2,
  },
  {
    name: "temperatureMarginCelsius",
    ours: snapshot("temperatureMarginCelsius"),
    smi: [["temperature.gpu.tlimit"], number],
    moves: 2,
  },
  { name: "powerWatts", ours: snapshot("powerWatts"), smi: [["power.draw"], watts], moves: 15 },
  { name: "powerLimitWatts", ours: snapshot("powerLimitWatts"), smi: [["enforced.power.limit"], watts] },
  {
    name: "graphicsClockHertz",
    ours: snapshot("graphicsClockHertz"),
    smi: [["clocks.current.graphics", "clocks.gr"], megahertz],
    moves: 60e6,
  },
  {
    name: "smClockHertz",
    ours: snapshot("smClockHertz"),
    smi: [["clocks.current.sm", "clocks.sm"], megahertz],
    moves: 60e6,
  },
  {
    name: "memoryClockHertz",
    ours: snapshot("memoryClockHertz"),
    smi: [["clocks.current.memory", "clocks.mem"], megahertz],
    moves: 60e6,
  },
  {
    name: "clocksEventReasons",
    ours: snapshot("clocksEventReasons"),
    smi: [["clocks_event_reasons.active", "clocks_throttle_reasons.active"], mask],
    moves: 0,
  },

  ...["shutdownCelsius", "slowdownCelsius", "memoryMaxCelsius", "gpuMaxCelsius"].map((name) => ({
    name,
    ours: inspection(name),
  })),
  ...["shutdownMarginCelsius", "slowdownMarginCelsius"].map((name) => ({ name, ours: inspection(name) })),
  { name: "persistenceMode", ours: inspection("persistenceMode", Number), smi: [["persistence_mode"], flag] },
  { name: "eccEnabled", ours: inspection("eccEnabled", Number), smi: [["ecc.mode.current"], flag] },
  { name: "eccPending", ours: inspection("eccPending", Number), smi: [["ecc.mode.pending"], flag] },
  ...["Volatile", "Aggregate"].flatMap((span) =>
    ["Corrected", "Uncorrected"].map((kind) => ({
      name: `ecc${span}${kind}`,
      ours: inspection(`ecc${span}${kind}`),
      smi: [[`ecc.errors.${kind.toLowerCase()}.${span.toLowerCase()}.total`], number],
    })),
  ),
  ...[
    ["remappedRowsCorrectable", "remapped_rows.correctable", (rows) => rows.correctable, number],
    ["remappedRowsUncorrectable", "remapped_rows.uncorrectable", (rows) => rows.uncorrectable, number],
    ["rowRemapPending", "remapped_rows.pending", (rows) => Number(rows.isPending), flag],
    ["rowRemapFailed", "remapped_rows.failure", (rows) => Number(rows.hasFailed), flag],
  ].map(([name, field, pick, format]) => ({ name, ours: inspection("remappedRows", pick), smi: [[field], format] })),
  {
    name: "retiredPagesSingleBit",
    ours: inspection("retiredPagesSingleBit"),
    smi: [["retired_pages.single_bit_ecc.count"], number],
  },
  {
    name: "retiredPagesDoubleBit",
    ours: inspection("retiredPagesDoubleBit"),
    smi: [["retired_pages.double_bit.count"], number],
  },
  {
    name: "retiredPagesPending",
    ours: inspection("retiredPagesPending", Number),
    smi: [["retired_pages.pending"], flag],
  },
  { name: "recoveryAction", ours: inspection("recoveryAction"), smi: [["gpu_recovery_action"], recoveryAction] },
  { name: "pcieReplays", ours: inspection("pcieReplayCount"), moves: 2 },
  // An idle card lowers its link by itself, so the generation now may be another a moment later.
  {
    name: "pcieLinkGeneration",
    ours: inspection("pcieLinkGeneration"),
    smi: [["pcie.link.gen.gpucurrent", "pcie.link.gen.current"], number],
    moves: 0,
  },
  { name: "pcieMaxLinkGeneration", ours: inspection("pcieMaxLinkGeneration"), smi: [["pcie.link.gen.max"], number] },
  {
    name: "pcieLinkWidth",
    ours: inspection("pcieLinkWidth"),
    smi: [["pcie.link.width.current"], number],
    moves: 0,
  },
  { name: "pcieMaxLinkWidth", ours: inspection("pcieMaxLinkWidth"), smi: [["pcie.link.width.max"], number] },
  { name: "nvlinkStates", ours: links("isActive") },
  { name: "nvlinkCrcErrors", ours: links("crcErrors"), moves: 0 },
  { name: "nvlinkReplayErrors", ours: links("replayErrors"), moves: 0 },
  { name: "nvlinkRecoveryErrors", ours: links("recoveryErrors"), moves: 0 },
  {
    name: "fabricState",
    ours: inspection("fabric", (fabric) => fabric.state),
    smi: [["fabric.state"], fabricState],
    isAbsentInSmi: (state) => state === 0,
  },
  { name: "fabricHealthMask", ours: inspection("fabric", (fabric) => fabric.healthMask) },
  { name: "migEnabled", ours: inspection("migEnabled", Number), smi: [["mig.mode.current"], flag] },
  {
    name: "computeProcesses",
    ours: inspection("processes", (all) =>
      all
        .filter(({ kind }) => kind === "compute")
        .map(({ pid }) => pid)
        .sort((a, b) => a - b)
        .join(" "),
    ),
    moves: 0,
  },
];
