#pragma once

#include <optional>
#include <string>

namespace gpu_health::nvml {

/** Why the file cannot be a shared library of this kind of machine; nothing where it may be one. The dynamic linker says
 *  the same of most files, but one that is cut short, as by a copy that broke off, kills the process with SIGBUS. */
std::optional<std::string> defectOfElfFile(const std::string& path);

}  // namespace gpu_health::nvml
