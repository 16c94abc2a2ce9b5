#pragma once

#include <vector>

#include "sampler/device_calls.h"
#include "sampler/inspection.h"
#include "sampler/process_table.h"

namespace gpu_health {

/** Lists the processes that have a context on a GPU. Runs on that GPU's thread. */
class ProcessReader {
 public:
  ProcessReader(const nvml::Functions& functions, CallWatch& watch, nvml::Device device, const ProcessTable& table)
      : calls_(functions, watch, device), watch_(watch), table_(table) {}

  Reading<std::vector<ProcessReading>> read();

 private:
  enum class Signal { kCompute, kGraphics, kMps, kCount };
  using List = nvml::Function<nvml::Return(nvml::Device, unsigned*, nvml::ProcessInfo*)>;

  Reading<std::vector<nvml::ProcessInfo>> list(Signal signal, const List& function);
  std::string nameOf(std::uint32_t pid);

  DeviceCalls<Signal> calls_;
  CallWatch& watch_;
  const ProcessTable& table_;
};

}  // namespace gpu_health
