#include "simulator/mig.h"

#include "simulator/setting_table.h"

namespace gpu_health::simulator {
namespace {

constexpr SettingRow<Mig> kSettings[] = {
    {"mig.enabled", [](Mig& mig, const Setting& setting) { mig.isEnabled = setting.toBool(); }},
    {"mig.profile", [](Mig& mig, const Setting& setting) { mig.profile = setting.value; }},
    {"mig.memory", [](Mig& mig, const Setting& setting) { mig.instanceBytes = setting.toBytes(); }},
    {"mig.count",
     [](Mig& mig, const Setting& setting) { mig.instances.resize(setting.toInteger(kMaximumMigInstances)); }},
};

std::uint64_t checkedBytes(const Mig& mig, const Setting& setting) {
  const std::uint64_t bytes = setting.toBytes();
  if (bytes > mig.instanceBytes) throw setting.error("an instance has no more memory than that");
  return bytes;
}

}  // namespace

bool Mig::apply(std::optional<Mig>& mig, const std::string& key, const Setting& setting) {
  if (key.rfind("mig.", 0) != 0) return false;
  // Only a model says that a card can be cut.
  if (!mig && key != "mig.profile") throw setting.error("the GPU has no MIG");
  if (!mig) mig.emplace();
  if (applyRow(kSettings, *mig, key, setting)) return true;
  const auto instance = splitNumberedKey(key, "mig.", kMaximumMigInstances - 1, setting);
  if (!instance) return false;
  if (instance->number >= mig->instances.size()) {
    throw setting.error("the GPU has only " + std::to_string(mig->instances.size()) + " instances");
  }
  std::uint64_t& used = mig->instances[instance->number].usedBytes;
  if (instance->rest == "memory.used") {
    used = checkedBytes(*mig, setting);
  } else if (instance->rest == "memory.free") {
    used = mig->instanceBytes - checkedBytes(*mig, setting);
  } else {
    return false;
  }
  return true;
}

}  // namespace gpu_health::simulator
