#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/conf.h"

namespace gpu_health::simulator {

/** As many instances as a GPU can be cut into. */
inline constexpr unsigned kMaximumMigInstances = 7;

struct MigInstance {
  std::uint64_t usedBytes = 0;
};

/** How a GPU is cut into instances, all of the smallest profile. */
struct Mig {
  bool isEnabled = false;
  /** The profile's name, "1g.18gb". */
  std::string profile;
  /** Of each instance. */
  std::uint64_t instanceBytes = 0;
  std::vector<MigInstance> instances;

  /** The driver numbers instances of the smallest profile after those that larger profiles would have. */
  static std::uint32_t gpuInstanceId(std::size_t index) { return static_cast<std::uint32_t>(7 + index); }
  static std::uint32_t computeInstanceId() { return 0; }

  /** Takes the setting if it is one of these. */
  static bool apply(std::optional<Mig>& mig, const std::string& key, const Setting& setting);
};

}  // namespace gpu_health::simulator
