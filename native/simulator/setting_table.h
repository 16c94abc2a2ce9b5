#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "simulator/conf.h"

namespace gpu_health::simulator {

/** One setting of an Owner: its key, and how its value is taken. */
template <class Owner>
struct SettingRow {
  const char* key;
  void (*apply)(Owner& owner, const Setting& setting);
};

/** Takes the setting if the table has its key. */
template <class Owner, std::size_t count>
bool applyRow(const SettingRow<Owner> (&table)[count], Owner& owner, const std::string& key, const Setting& setting) {
  for (const SettingRow<Owner>& row : table) {
    if (key != row.key) continue;
    row.apply(owner, setting);
    return true;
  }
  return false;
}

/** The value, or nothing for `none`: the card does not have it. */
template <class T>
std::optional<T> unlessNone(const Setting& setting, T (Setting::*parse)() const) {
  if (setting.value == "none") return std::nullopt;
  return (setting.*parse)();
}

/** The number that a key continues with, as in `3.active`, and what follows its dot. */
struct NumberedKey {
  std::uint64_t number;
  std::string rest;
};

/** The parts of a key that starts with `prefix` and a number. Throws where the number is missing or over `maximum`. */
std::optional<NumberedKey> splitNumberedKey(const std::string& key, const std::string& prefix, std::uint64_t maximum,
                                            const Setting& setting);

}  // namespace gpu_health::simulator
