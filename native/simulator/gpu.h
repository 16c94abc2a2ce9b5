#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "nvml/abi.h"
#include "simulator/faults.h"

namespace gpu_health::simulator {

/** One simulated GPU: what its model's file says, then what the state file says of it. */
struct Gpu {
  std::string name;
  std::string uuid;
  std::string serial;
  std::uint32_t pciDomain = 0;
  std::uint32_t pciBus = 0;
  std::uint32_t pciDeviceId = 0;
  std::uint32_t pciSubsystemId = 0;

  std::uint64_t totalBytes = 0;
  std::uint64_t reservedBytes = 0;
  std::uint64_t usedBytes = 0;
  std::uint32_t gpuPercent = 0;
  std::uint32_t memoryPercent = 0;
  std::int32_t temperatureCelsius = 0;
  std::uint32_t powerMilliwatts = 0;
  std::uint32_t powerLimitMilliwatts = 0;
  /** By NVML's clock type. */
  std::array<std::uint32_t, nvml::kClockTypeCount> clockMhz{};
  std::array<std::uint32_t, nvml::kClockTypeCount> maxClockMhz{};

  bool lost = false;
  Faults faults;

  std::uint64_t freeBytes() const { return totalBytes - reservedBytes - usedBytes; }
  /** "00000000:1B:00.0", and with a domain of four digits for old callers. */
  std::string busId() const;
  std::string legacyBusId() const;

  /** Applies one setting; `key` is its key without what selects the GPU. Throws ConfError. */
  void apply(const std::string& key, const Setting& setting);
};

/** The GPU with this index, of the model that the settings describe. Its ids depend on model and index only. */
Gpu makeGpu(const std::vector<Setting>& model, unsigned index);

}  // namespace gpu_health::simulator
