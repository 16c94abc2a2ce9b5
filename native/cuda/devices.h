#pragma once

#include <optional>
#include <vector>

#include "cuda/caller.h"

namespace gpu_health::cuda {

/** Initialises CUDA and lists its devices. Creates no context and uses no GPU memory. Nothing where a call failed. */
std::optional<std::vector<DeviceInfo>> initialise(const Caller& caller);

}  // namespace gpu_health::cuda
