#pragma once

#include <cstdint>

#include "sampler/device_calls.h"
#include "sampler/inspection.h"
#include "sampler/process_reader.h"

namespace gpu_health {

/** Reads what changes slowly on a GPU, through one handle. Runs on that GPU's thread. */
class Inspector {
 public:
  Inspector(const nvml::Functions& functions, CallWatch& watch, nvml::Device device, const ProcessTable& processes)
      : calls_(functions, watch, device), processes_(functions, watch, device, processes) {}

  /** `sequence`: the number that the inspection gets. */
  Inspection inspect(std::uint64_t sequence);

  /** Asks again for what the GPU did not support in another mode. */
  void forgetUnsupported() { calls_.forgetUnsupported(); }

 private:
  enum class Signal {
    kShutdownThreshold,
    kSlowdownThreshold,
    kMemoryMaximumThreshold,
    kGpuMaximumThreshold,
    kShutdownMargin,
    kSlowdownMargin,
    kMemoryMaximumMargin,
    kGpuMaximumMargin,
    kPersistenceMode,
    kEccMode,
    kEccVolatileCorrected,
    kEccVolatileUncorrected,
    kEccAggregateCorrected,
    kEccAggregateUncorrected,
    kRemappedRows,
    kRetiredPagesSingleBit,
    kRetiredPagesDoubleBit,
    kRetiredPagesPending,
    kRecoveryAction,
    kPcieReplayCount,
    kPcieLinkGeneration,
    kPcieMaximumLinkGeneration,
    kPcieLinkWidth,
    kPcieMaximumLinkWidth,
    kNvlinkCount,
    kNvlinkState,
    kNvlinkCrcErrors,
    kNvlinkReplayErrors,
    kNvlinkRecoveryErrors,
    kFabric,
    kMigMode,
    kCount,
  };

  void readTemperatures(Inspection& inspection);
  void readRepair(Inspection& inspection);
  void readPcie(Inspection& inspection);
  Reading<bool> flag(Signal signal, const nvml::Function<nvml::Return(nvml::Device, unsigned*)>& function);
  Reading<std::uint64_t> eccErrors(Signal signal, unsigned error, unsigned counter);
  Reading<std::uint32_t> retiredPages(Signal signal, unsigned cause);
  Reading<RemappedRows> remappedRows();
  std::vector<NvlinkReading> nvlinks();
  Reading<bool> nvlinkState(unsigned link);
  Reading<std::uint64_t> nvlinkErrors(Signal signal, unsigned link, unsigned counter, bool isDown);
  Reading<FabricReading> fabric();

  DeviceCalls<Signal> calls_;
  ProcessReader processes_;
};

}  // namespace gpu_health
