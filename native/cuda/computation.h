#pragma once

#include "cuda/caller.h"

namespace gpu_health::cuda {

/** Runs the kernel on a device, compares its result with the CPU's and frees everything. True where all of that went
 *  right. */
bool compute(const Caller& caller, const DeviceInfo& device);

}  // namespace gpu_health::cuda
