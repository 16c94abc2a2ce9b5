#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nvml/library.h"
#include "sampler/inspection.h"

namespace gpu_health {

/** What is known here of the processes that a driver names. */
struct ProcessTable {
  std::function<bool(std::uint32_t pid)> exists;
  /** Empty where nobody tells. */
  std::function<std::string(std::uint32_t pid)> name;
  /** Whether the driver's pids are those of this table for certain. */
  bool isDriversOwn = false;
};

/** The processes that the kernel shows to this one. In a container these are not the ones that the driver counts, unless
 *  the container shares the machine's pids. */
ProcessTable kernelProcesses();

/** The processes of simulated GPUs. */
ProcessTable simulatedProcesses(nvml::Library::ProcessExists* exists);

/** Sets `exists` of one GPU's processes. Where it is not certain whose pids they are and none of them exists here, they
 *  are another container's or the machine's: then nothing is known of them, and they count as running. */
void markExisting(std::vector<ProcessReading>& processes, const ProcessTable& table);

}  // namespace gpu_health
