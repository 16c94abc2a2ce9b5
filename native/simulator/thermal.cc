#include "simulator/thermal.h"

#include "simulator/setting_table.h"

namespace gpu_health::simulator {
namespace {

constexpr SettingRow<Thermal> kSettings[] = {
    {"temperature", [](Thermal& thermal, const Setting& setting) { thermal.gpuCelsius = setting.toCelsius(); }},
    {"temperature.memory",
     [](Thermal& thermal, const Setting& setting) { thermal.memoryCelsius = unlessNone(setting, &Setting::toCelsius); }},
    {"temperature.limit",
     [](Thermal& thermal, const Setting& setting) { thermal.limitCelsius = unlessNone(setting, &Setting::toCelsius); }},
};

constexpr std::array<const char*, nvml::kThresholdCount> kThresholdNames = {"shutdown", "slowdown", "memory_max",
                                                                            "gpu_max"};

}  // namespace

bool Thermal::apply(const std::string& key, const Setting& setting) {
  for (std::size_t threshold = 0; threshold < kThresholdNames.size(); ++threshold) {
    if (key == std::string("temperature.") + kThresholdNames[threshold]) {
      thresholds[threshold] = unlessNone(setting, &Setting::toCelsius);
      return true;
    }
    if (key == std::string("temperature.margin.") + kThresholdNames[threshold]) {
      margins[threshold] = unlessNone(setting, &Setting::toCelsius);
      return true;
    }
  }
  return applyRow(kSettings, *this, key, setting);
}

}  // namespace gpu_health::simulator
