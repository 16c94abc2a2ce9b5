#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "nvml/abi.h"
#include "sampler/clock.h"

namespace gpu_health {

/** Why there is no value. */
struct Absent {
  nvml::Return code;
};

/** A value, or the return code that came in its place; never a number made up for a value that is not there. */
template <class T>
using Reading = std::variant<T, Absent>;

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

/** One reading of one GPU. Immutable once published. */
struct Snapshot {
  std::uint64_t sequence;
  TimePoint startedAt;
  /** When the last of its calls had returned. */
  TimePoint completedAt;
  Reading<MemoryReading> memory;
  Reading<nvml::Utilization> utilization;
  Reading<std::int32_t> temperatureCelsius;
  Reading<std::uint32_t> powerMilliwatts;
  Reading<std::uint32_t> powerLimitMilliwatts;
  Reading<std::uint32_t> graphicsClockMhz;
  Reading<std::uint32_t> smClockMhz;
  Reading<std::uint32_t> memoryClockMhz;
};

}  // namespace gpu_health
