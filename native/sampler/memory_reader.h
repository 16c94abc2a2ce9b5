#pragma once

#include "sampler/device_calls.h"
#include "sampler/snapshot.h"

namespace gpu_health {

/** Reads the memory of a GPU or of a MIG instance: by the newest function that the driver has. */
class MemoryReader {
 public:
  MemoryReader(const nvml::Functions& functions, CallWatch& watch, nvml::Device device)
      : calls_(functions, watch, device) {}

  Reading<MemoryReading> read();

 private:
  enum class Signal { kMemoryV2, kMemory, kCount };

  DeviceCalls<Signal> calls_;
};

}  // namespace gpu_health
