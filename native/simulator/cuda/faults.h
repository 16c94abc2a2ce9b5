#pragma once

#include <string>

#include "simulator/faults.h"

namespace gpu_health::simulator {

/** How CUDA goes wrong: settings `cuda.return.FUNCTION`, `cuda.latency.FUNCTION`, `cuda.hang.FUNCTION`,
 *  `cuda.crash.FUNCTION` (the call ends the process) and `cuda.wrong_result` (kernels compute wrongly). Only the simulated
 *  libcuda.so.1 acts on them. */
struct CudaFaults {
  Faults calls;
  Rules<bool> crashes;
  bool wrongResult = false;

  /** Takes the setting if it is one of these. `key` is the setting's key without what selects the GPU. */
  bool apply(const std::string& key, const Setting& setting) {
    const std::string prefix = "cuda.";
    if (key.rfind(prefix, 0) != 0) return false;
    const std::string ours = key.substr(prefix.size());
    if (ours == "wrong_result") {
      wrongResult = setting.toBool();
    } else if (ours.rfind("crash.", 0) == 0) {
      crashes.add(ours.substr(6), setting.toBool());
    } else {
      return calls.apply(ours, setting, "cu");
    }
    return true;
  }
};

}  // namespace gpu_health::simulator
