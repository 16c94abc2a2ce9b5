#pragma once

#include <string>

namespace gpu_health::simulator {

/** The folder "models" beside the simulated library that this code is part of. */
std::string findModelFolder();

}  // namespace gpu_health::simulator
