#pragma once

#include <cstdint>

#include "sampler/device_calls.h"
#include "sampler/memory_reader.h"
#include "sampler/mig_reader.h"
#include "sampler/snapshot.h"

namespace gpu_health {

/** Reads what names a GPU and what changes fast on it, through one handle. Runs on that GPU's thread. */
class DeviceReader {
 public:
  DeviceReader(const nvml::Functions& functions, CallWatch& watch, nvml::Device device)
      : calls_(functions, watch, device), memory_(functions, watch, device), mig_(functions, watch, device) {}

  Identity identify();
  /** `sequence`: the number that the snapshot gets. */
  Snapshot sample(std::uint64_t sequence);

  /** Looks which MIG instances there are now. */
  void useMig(bool isEnabled);
  /** Asks again for what the GPU did not support in another mode. */
  void forgetUnsupported() { calls_.forgetUnsupported(); }

 private:
  enum class Signal {
    kUtilization,
    kTemperatureV,
    kTemperature,
    kMemoryTemperature,
    kTemperatureMargin,
    kPower,
    kPowerLimit,
    kGraphicsClock,
    kSmClock,
    kMemoryClock,
    kClocksEventReasons,
    kCount,
  };

  Reading<std::string> pciBusId();
  Reading<std::int32_t> temperature();
  Reading<std::int32_t> temperatureMargin();
  Reading<std::uint32_t> clock(Signal signal, unsigned type);

  DeviceCalls<Signal> calls_;
  MemoryReader memory_;
  MigReader mig_;
};

}  // namespace gpu_health
