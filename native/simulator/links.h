#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/conf.h"

namespace gpu_health::simulator {

struct Pcie {
  std::uint32_t replays = 0;
  std::uint32_t generation = 0;
  std::uint32_t maximumGeneration = 0;
  std::uint32_t width = 0;
  std::uint32_t maximumWidth = 0;
};

struct Nvlink {
  bool isActive = true;
  std::uint64_t crcErrors = 0;
  std::uint64_t replayErrors = 0;
  std::uint64_t recoveryErrors = 0;
};

struct Fabric {
  /** 0 not supported, 1 not started, 2 in progress, 3 completed. */
  std::uint32_t state = 0;
  /** An NVML return code. */
  std::uint32_t status = 0;
  std::uint32_t healthMask = 0;
};

/** How a GPU is connected. No NVLinks and an empty fabric: the card does not have them. */
struct Links {
  Pcie pcie;
  std::vector<Nvlink> nvlinks;
  std::optional<Fabric> fabric;

  /** Takes the setting if it is one of these. */
  bool apply(const std::string& key, const Setting& setting);
};

}  // namespace gpu_health::simulator
