#include "simulator/links.h"

#include "nvml/abi.h"
#include "simulator/setting_table.h"

namespace gpu_health::simulator {
namespace {

Fabric& fabricOf(Links& links) {
  if (!links.fabric) links.fabric.emplace();
  return *links.fabric;
}

constexpr SettingRow<Links> kSettings[] = {
    {"pcie.replays", [](Links& links, const Setting& setting) { links.pcie.replays = setting.toUint32(); }},
    {"pcie.generation", [](Links& links, const Setting& setting) { links.pcie.generation = setting.toUint32(); }},
    {"pcie.max_generation",
     [](Links& links, const Setting& setting) { links.pcie.maximumGeneration = setting.toUint32(); }},
    {"pcie.width", [](Links& links, const Setting& setting) { links.pcie.width = setting.toUint32(); }},
    {"pcie.max_width", [](Links& links, const Setting& setting) { links.pcie.maximumWidth = setting.toUint32(); }},
    {"nvlink.count",
     [](Links& links, const Setting& setting) { links.nvlinks.resize(setting.toInteger(nvml::kMaximumNvlinks)); }},
    {"fabric.state", [](Links& links, const Setting& setting) { fabricOf(links).state = setting.toUint32(); }},
    {"fabric.status", [](Links& links, const Setting& setting) { fabricOf(links).status = setting.toUint32(); }},
    {"fabric.health_mask", [](Links& links, const Setting& setting) { fabricOf(links).healthMask = setting.toUint32(); }},
};

constexpr SettingRow<Nvlink> kNvlinkSettings[] = {
    {"active", [](Nvlink& link, const Setting& setting) { link.isActive = setting.toBool(); }},
    {"crc_errors", [](Nvlink& link, const Setting& setting) { link.crcErrors = setting.toUint32(); }},
    {"replay_errors", [](Nvlink& link, const Setting& setting) { link.replayErrors = setting.toUint32(); }},
    {"recovery_errors", [](Nvlink& link, const Setting& setting) { link.recoveryErrors = setting.toUint32(); }},
};

}  // namespace

bool Links::apply(const std::string& key, const Setting& setting) {
  if (applyRow(kSettings, *this, key, setting)) return true;
  const auto link = splitNumberedKey(key, "nvlink.", nvml::kMaximumNvlinks - 1, setting);
  if (!link) return false;
  if (link->number >= nvlinks.size()) {
    throw setting.error("the GPU has only " + std::to_string(nvlinks.size()) + " NVLinks");
  }
  return applyRow(kNvlinkSettings, nvlinks[link->number], link->rest, setting);
}

}  // namespace gpu_health::simulator
