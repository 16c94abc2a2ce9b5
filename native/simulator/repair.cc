#include "simulator/repair.h"

#include "simulator/setting_table.h"

namespace gpu_health::simulator {
namespace {

template <class T>
T& ensure(std::optional<T>& group) {
  if (!group) group.emplace();
  return *group;
}

void expectNone(const Setting& setting) {
  if (setting.value != "none") throw setting.error("\"" + setting.value + "\" is not none");
}

constexpr SettingRow<Repair> kSettings[] = {
    {"ecc", [](Repair& repair, const Setting& setting) { expectNone(setting), repair.ecc.reset(); }},
    {"ecc.enabled", [](Repair& repair, const Setting& setting) { ensure(repair.ecc).isEnabled = setting.toBool(); }},
    {"ecc.pending",
     [](Repair& repair, const Setting& setting) { ensure(repair.ecc).willBeEnabled = setting.toBool(); }},
    {"ecc.volatile.corrected",
     [](Repair& repair, const Setting& setting) { ensure(repair.ecc).volatileCorrected = setting.toUint32(); }},
    {"ecc.volatile.uncorrected",
     [](Repair& repair, const Setting& setting) { ensure(repair.ecc).volatileUncorrected = setting.toUint32(); }},
    {"ecc.aggregate.corrected",
     [](Repair& repair, const Setting& setting) { ensure(repair.ecc).aggregateCorrected = setting.toUint32(); }},
    {"ecc.aggregate.uncorrected",
     [](Repair& repair, const Setting& setting) { ensure(repair.ecc).aggregateUncorrected = setting.toUint32(); }},
    {"rows", [](Repair& repair, const Setting& setting) { expectNone(setting), repair.rows.reset(); }},
    {"rows.correctable",
     [](Repair& repair, const Setting& setting) { ensure(repair.rows).correctable = setting.toUint32(); }},
    {"rows.uncorrectable",
     [](Repair& repair, const Setting& setting) { ensure(repair.rows).uncorrectable = setting.toUint32(); }},
    {"rows.pending", [](Repair& repair, const Setting& setting) { ensure(repair.rows).isPending = setting.toBool(); }},
    {"rows.failed", [](Repair& repair, const Setting& setting) { ensure(repair.rows).hasFailed = setting.toBool(); }},
    {"pages", [](Repair& repair, const Setting& setting) { expectNone(setting), repair.pages.reset(); }},
    {"pages.single_bit",
     [](Repair& repair, const Setting& setting) { ensure(repair.pages).singleBit = setting.toUint32(); }},
    {"pages.double_bit",
     [](Repair& repair, const Setting& setting) { ensure(repair.pages).doubleBit = setting.toUint32(); }},
    {"pages.pending",
     [](Repair& repair, const Setting& setting) { ensure(repair.pages).isPending = setting.toBool(); }},
    {"recovery_action",
     [](Repair& repair, const Setting& setting) { repair.recoveryAction = unlessNone(setting, &Setting::toUint32); }},
};

}  // namespace

bool Repair::apply(const std::string& key, const Setting& setting) { return applyRow(kSettings, *this, key, setting); }

}  // namespace gpu_health::simulator
