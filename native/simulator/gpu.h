#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nvml/abi.h"
#include "simulator/cuda/faults.h"
#include "simulator/event.h"
#include "simulator/faults.h"
#include "simulator/links.h"
#include "simulator/mig.h"
#include "simulator/process.h"
#include "simulator/repair.h"
#include "simulator/thermal.h"

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
  /** As set; usedNow() counts what processes, MIG instances and a leak add. */
  std::uint64_t usedBytes = 0;
  std::uint64_t leakBytesPerSecond = 0;
  /** When the leak began, in milliseconds since 1970. */
  std::uint64_t leakSinceMs = 0;
  std::uint32_t gpuPercent = 0;
  std::uint32_t memoryPercent = 0;
  std::uint32_t powerMilliwatts = 0;
  std::uint32_t powerLimitMilliwatts = 0;
  /** By NVML's clock type. */
  std::array<std::uint32_t, nvml::kClockTypeCount> clockMhz{};
  std::array<std::uint32_t, nvml::kClockTypeCount> maxClockMhz{};
  /** NVML's bit mask. */
  std::uint64_t clockEventReasons = 0;
  bool persistenceMode = false;

  Thermal thermal;
  Repair repair;
  Links links;
  /** Empty: the card cannot be cut into instances. */
  std::optional<Mig> mig;
  Processes processes;
  /** The types of event that the card reports, as NVML's bits. */
  std::uint64_t supportedEvents = 0;
  Events events;

  bool lost = false;
  /** Once lost, it stays so until NVML is initialised again. */
  bool lostUntilInit = false;
  /** Lost, and not counted by an NVML that is initialised from now on. */
  bool absent = false;
  Faults faults;
  CudaFaults cuda;

  bool isLost() const { return lost || lostUntilInit || absent; }
  bool hasMigEnabled() const { return mig && mig->isEnabled; }

  std::uint64_t usedNow() const;
  std::uint64_t freeBytes() const { return totalBytes - reservedBytes - usedNow(); }
  /** What processes and a setting use of a MIG instance. */
  std::uint64_t migUsedBytes(std::size_t instance) const;
  /** "MIG-xxxxxxxx-…". */
  std::string migUuid(std::size_t instance) const;
  /** "00000000:1B:00.0", and with a domain of four digits for old callers. */
  std::string busId() const;
  std::string legacyBusId() const;

  /** Applies one setting; `key` is its key without what selects the GPU. Throws ConfError. */
  void apply(const std::string& key, const Setting& setting);
};

/** The GPU with this index, of the model that the settings describe. Its ids depend on model and index only. */
Gpu makeGpu(const std::vector<Setting>& model, unsigned index);

}  // namespace gpu_health::simulator
