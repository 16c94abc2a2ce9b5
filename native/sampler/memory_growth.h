#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "sampler/snapshot.h"

namespace gpu_health {

/** Notices that much more of a GPU's memory is in use than there was since the last inspection: somebody has come whom
 *  that inspection does not know. What is freed step by step, as by a process that ends, is not noticed. */
class MemoryGrowth {
 public:
  /** Whether this reading is one to inspect the GPU for. */
  bool isLarge(const Reading<MemoryReading>& reading) {
    const auto* memory = std::get_if<MemoryReading>(&reading);
    if (!memory) return false;
    leastUsedBytes_ = std::min(leastUsedBytes_.value_or(memory->usedBytes), memory->usedBytes);
    return memory->usedBytes - *leastUsedBytes_ >= memory->totalBytes / kShare;
  }

  /** The GPU is inspected. */
  void forget() { leastUsedBytes_.reset(); }

 private:
  /** So large that it takes a new process or a new model, and so rare that it costs nothing. */
  static constexpr std::uint64_t kShare = 16;

  std::optional<std::uint64_t> leastUsedBytes_;
};

}  // namespace gpu_health
