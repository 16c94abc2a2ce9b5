#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/gpu.h"

namespace gpu_health::simulator {

inline constexpr unsigned kMaximumGpus = 64;

/** All that the simulator knows at one time. Immutable once loaded. */
struct State {
  std::string driverVersion = "580.95.05";
  std::string nvmlVersion = "13.580.95.05";
  int cudaDriverVersion = 13000;
  bool driverIsLoaded = true;
  /** Counts the loads of the kernel driver: an NVML that was initialised under another one has to be so again. */
  std::uint64_t driverGeneration = 1;
  std::vector<Gpu> gpus;
  /** Faults of calls on every GPU and on none. */
  Faults faults;
  CudaFaults cuda;
  /** Whether a call that hangs holds a lock of the whole library, as a driver does that also blocks the process's exit. */
  bool hangsHoldLibrary = false;

  // What a call meets; `gpu` is the index of the GPU that it is about.
  std::chrono::milliseconds latency(std::string_view function, std::optional<unsigned> gpu) const;
  bool hangs(std::string_view function, std::optional<unsigned> gpu) const;
  nvml::Return fault(std::string_view function, std::optional<unsigned> gpu) const;
};

/** Builds the state that a state file's settings describe; none describe one H200. `modelFolder` holds the files of the
 *  models that have a name. Throws ConfError. */
State makeState(const std::vector<Setting>& settings, const std::string& modelFolder);

}  // namespace gpu_health::simulator
