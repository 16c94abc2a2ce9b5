#pragma once

#include <array>
#include <optional>

#include "sampler/snapshot.h"

namespace gpu_health {

/** Why NVML should be initialised again. */
struct RestartNeed {
  enum class Scope {
    kDriver,  // the driver was reloaded or replaced: nothing works until then
    kGpu,     // one GPU is lost or in disorder: the others do without
  };
  Scope scope;
  nvml::Return code;
};

/** Judges one GPU's return codes. A code that is about the whole driver is believed at once, one about the GPU when it
 *  comes in several samples in a row: what lasts shorter mends itself. */
class RestartAdvice {
 public:
  static constexpr int kSamplesInARow = 3;

  /** After a sample, or after a handle was refused. */
  void note(const Snapshot& snapshot);
  void note(nvml::Return handleCode);
  /** After NVML was initialised again. */
  void forget();

  std::optional<RestartNeed> need() const { return need_; }

 private:
  static constexpr std::array<nvml::Return, 3> kGpuCodes = {nvml::kGpuIsLost, nvml::kGpuNotFound, nvml::kUnknown};

  std::optional<RestartNeed> need_;
  std::array<int, kGpuCodes.size()> samplesInARow_{};
  template <class Has>
  void judge(Has&& has);
};

}  // namespace gpu_health
