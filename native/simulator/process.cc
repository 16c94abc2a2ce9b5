#include "simulator/process.h"

#include <limits>

#include "simulator/mig.h"
#include "simulator/setting_table.h"

namespace gpu_health::simulator {
namespace {

ProcessKind toKind(const Setting& setting) {
  if (setting.value == "compute") return ProcessKind::kCompute;
  if (setting.value == "graphics") return ProcessKind::kGraphics;
  if (setting.value == "mps") return ProcessKind::kMps;
  throw setting.error("use compute, graphics or mps");
}

constexpr SettingRow<Process> kSettings[] = {
    {"kind", [](Process& process, const Setting& setting) { process.kind = toKind(setting); }},
    {"used",
     [](Process& process, const Setting& setting) { process.usedBytes = unlessNone(setting, &Setting::toBytes); }},
    {"name", [](Process& process, const Setting& setting) { process.name = setting.value; }},
    {"gone", [](Process& process, const Setting& setting) { process.isGone = setting.toBool(); }},
    {"mig",
     [](Process& process, const Setting& setting) {
       process.migInstance = static_cast<std::uint32_t>(setting.toInteger(kMaximumMigInstances - 1));
     }},
};

}  // namespace

bool applyProcess(Processes& processes, const std::string& key, const Setting& setting) {
  const auto process = splitNumberedKey(key, "process.", std::numeric_limits<std::int32_t>::max(), setting);
  if (!process) return false;
  return applyRow(kSettings, processes[static_cast<std::uint32_t>(process->number)], process->rest, setting);
}

}  // namespace gpu_health::simulator
