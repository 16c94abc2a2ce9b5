#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "nvml/functions.h"
#include "sampler/call_watch.h"
#include "sampler/snapshot.h"

namespace gpu_health {

/** Reads one GPU through one handle. Runs on that GPU's thread. What the driver calls unsupported is asked for once. */
class DeviceReader {
 public:
  DeviceReader(const nvml::Functions& functions, CallWatch& watch, nvml::Device device)
      : functions_(functions), watch_(watch), device_(device) {}

  Identity identify();
  Snapshot sample();

 private:
  enum class Signal : std::size_t {
    kMemoryV2,
    kMemory,
    kUtilization,
    kTemperatureV,
    kTemperature,
    kPower,
    kPowerLimit,
    kGraphicsClock,
    kSmClock,
    kMemoryClock,
    kCount,
  };

  template <class T, class... Parameters, class... Arguments>
  Reading<T> ask(Signal signal, const nvml::Function<nvml::Return(nvml::Device, Parameters...)>& function, T value,
                 Arguments... arguments);
  Reading<std::string> askText(const nvml::Function<nvml::Return(nvml::Device, char*, unsigned)>& function,
                               std::size_t bytes);
  Reading<std::string> pciBusId();
  Reading<MemoryReading> memory();
  Reading<std::int32_t> temperature();
  Reading<std::uint32_t> clock(Signal signal, unsigned type);

  const nvml::Functions& functions_;
  CallWatch& watch_;
  nvml::Device device_;
  /** The code with which the driver said that it will never give the value. */
  std::array<std::optional<nvml::Return>, static_cast<std::size_t>(Signal::kCount)> unsupported_{};
  std::uint64_t sequence_ = 0;
};

}  // namespace gpu_health
