#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "simulator/conf.h"

namespace gpu_health::simulator {

struct Ecc {
  bool isEnabled = false;
  bool willBeEnabled = false;
  std::uint64_t volatileCorrected = 0;
  std::uint64_t volatileUncorrected = 0;
  std::uint64_t aggregateCorrected = 0;
  std::uint64_t aggregateUncorrected = 0;
};

struct RemappedRows {
  std::uint32_t correctable = 0;
  std::uint32_t uncorrectable = 0;
  bool isPending = false;
  bool hasFailed = false;
};

struct RetiredPages {
  std::uint32_t singleBit = 0;
  std::uint32_t doubleBit = 0;
  bool isPending = false;
};

/** What a GPU knows of its memory's errors and of how to mend itself. Empty: the card does not have it. Any setting of a
 *  group gives the card that group; `ecc = none`, `rows = none` and `pages = none` take it away. */
struct Repair {
  std::optional<Ecc> ecc;
  std::optional<RemappedRows> rows;
  std::optional<RetiredPages> pages;
  std::optional<std::uint32_t> recoveryAction;

  /** Takes the setting if it is one of these. */
  bool apply(const std::string& key, const Setting& setting);
};

}  // namespace gpu_health::simulator
