#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nvml/abi.h"
#include "sampler/clock.h"
#include "sampler/reading.h"

namespace gpu_health {

/** total = used + reserved + free where `reservedBytes` is known; else `usedBytes` includes what is reserved. */
struct MemoryReading {
  std::uint64_t totalBytes;
  std::uint64_t usedBytes;
  Reading<std::uint64_t> reservedBytes;
  std::uint64_t freeBytes;
};

/** What names a GPU; asked for once per handle. */
struct Identity {
  Reading<std::string> uuid;
  Reading<std::string> name;
  Reading<std::string> pciBusId;
  Reading<std::string> serial;
};

/** A MIG instance of a GPU. */
struct MigInstance {
  std::uint32_t gpuInstanceId;
  std::uint32_t computeInstanceId;
  Reading<std::string> uuid;
  Reading<std::string> name;
  Reading<MemoryReading> memory;
};

/** One reading of one GPU. Immutable once published. */
struct Snapshot {
  std::uint64_t sequence;
  TimePoint startedAt;
  /** When the last of its calls had returned. */
  TimePoint completedAt;
  Reading<MemoryReading> memory;
  Reading<nvml::Utilization> utilization;
  Reading<std::int32_t> temperatureCelsius;
  Reading<std::uint32_t> memoryTemperatureCelsius;
  /** °C left to the nearest threshold at which the GPU slows down. */
  Reading<std::int32_t> temperatureMarginCelsius;
  Reading<std::uint32_t> powerMilliwatts;
  Reading<std::uint32_t> powerLimitMilliwatts;
  Reading<std::uint32_t> graphicsClockMhz;
  Reading<std::uint32_t> smClockMhz;
  Reading<std::uint32_t> memoryClockMhz;
  /** NVML's bit mask, with the bits that we do not know. */
  Reading<std::uint64_t> clocksEventReasons;
  std::vector<MigInstance> migInstances;
};

}  // namespace gpu_health
