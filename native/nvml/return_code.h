#pragma once

#include <string>

#include "nvml/abi.h"

namespace gpu_health::nvml {

/** The code's name in NVML's API, "NVML_ERROR_GPU_IS_LOST"; a code without one keeps its number, "NVML_ERROR_777".
 *  Does not need the library, unlike nvmlErrorString, which is not safe to call on a failure path. */
std::string returnCodeName(Return code);

/** Whether the code says that this driver or card will never give the value, so that asking again is useless. */
bool isUnsupported(Return code);

}  // namespace gpu_health::nvml
