#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "nvml/abi.h"
#include "simulator/conf.h"

namespace gpu_health::simulator {

/** A GPU's temperatures in °C. Empty: the card does not have it. */
struct Thermal {
  std::int32_t gpuCelsius = 0;
  std::optional<std::int32_t> memoryCelsius;

  // By NVML's threshold. Older cards have thresholds, newer ones margins below `limitCelsius`.
  std::array<std::optional<std::int32_t>, nvml::kThresholdCount> thresholds{};
  std::array<std::optional<std::int32_t>, nvml::kThresholdCount> margins{};
  /** Where the margin is 0. */
  std::optional<std::int32_t> limitCelsius;

  std::optional<std::int32_t> marginCelsius() const {
    if (!limitCelsius) return std::nullopt;
    return *limitCelsius - gpuCelsius;
  }

  /** Takes the setting if it is one of these. */
  bool apply(const std::string& key, const Setting& setting);
};

}  // namespace gpu_health::simulator
