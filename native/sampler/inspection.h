#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sampler/clock.h"
#include "sampler/reading.h"

namespace gpu_health {

struct RemappedRows {
  std::uint32_t correctable;
  std::uint32_t uncorrectable;
  bool isPending;
  bool hasFailed;
};

struct EccModes {
  bool isEnabled;
  /** After the GPU's next reset. */
  bool willBeEnabled;
};

struct NvlinkReading {
  unsigned link;
  Reading<bool> isActive;
  Reading<std::uint64_t> crcErrors;
  Reading<std::uint64_t> replayErrors;
  Reading<std::uint64_t> recoveryErrors;
};

struct FabricReading {
  /** 0 not supported, 1 not started, 2 in progress, 3 completed. */
  unsigned state;
  /** A return code, meaningful once `state` is 3. */
  nvml::Return status;
  std::uint32_t healthMask;
};

enum class ProcessKind { kCompute, kGraphics, kMps };

struct ProcessReading {
  std::uint32_t pid;
  ProcessKind kind;
  Reading<std::uint64_t> usedBytes;
  /** Empty where nobody tells. */
  std::string name;
  /** False only where it is certain that the process has ended. */
  bool exists;
  std::optional<std::uint32_t> gpuInstanceId;
  std::optional<std::uint32_t> computeInstanceId;
};

/** A GPU's slow signals. Immutable once published. Units are °C, bytes and counts. */
struct Inspection {
  std::uint64_t sequence;
  TimePoint startedAt;
  /** When the last of its calls had returned. */
  TimePoint completedAt;

  Reading<std::uint32_t> shutdownCelsius;
  Reading<std::uint32_t> slowdownCelsius;
  Reading<std::uint32_t> memoryMaximumCelsius;
  Reading<std::uint32_t> gpuMaximumCelsius;
  // The margin that is left when these are reached, on cards that have margins in place of temperatures.
  Reading<std::int32_t> shutdownMarginCelsius;
  Reading<std::int32_t> slowdownMarginCelsius;
  Reading<std::int32_t> memoryMaximumMarginCelsius;
  Reading<std::int32_t> gpuMaximumMarginCelsius;

  Reading<bool> persistenceMode;
  Reading<EccModes> ecc;
  Reading<std::uint64_t> eccVolatileCorrected;
  Reading<std::uint64_t> eccVolatileUncorrected;
  Reading<std::uint64_t> eccAggregateCorrected;
  Reading<std::uint64_t> eccAggregateUncorrected;
  Reading<RemappedRows> remappedRows;
  Reading<std::uint32_t> retiredPagesSingleBit;
  Reading<std::uint32_t> retiredPagesDoubleBit;
  Reading<bool> retiredPagesPending;
  /** As NVML numbers them; newer drivers have more than we know. */
  Reading<std::uint32_t> recoveryAction;

  Reading<std::uint32_t> pcieReplayCount;
  Reading<std::uint32_t> pcieLinkGeneration;
  Reading<std::uint32_t> pcieMaximumLinkGeneration;
  Reading<std::uint32_t> pcieLinkWidth;
  Reading<std::uint32_t> pcieMaximumLinkWidth;
  std::vector<NvlinkReading> nvlinks;
  Reading<FabricReading> fabric;

  Reading<bool> migEnabled;
  Reading<std::vector<ProcessReading>> processes;
};

}  // namespace gpu_health
