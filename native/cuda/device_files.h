#pragma once

#include <string>

namespace gpu_health::cuda {

/** Reports those of the device files that every CUDA program opens which this process cannot. `folder`: "/dev". */
void reportDeviceFiles(const std::string& folder);

}  // namespace gpu_health::cuda
