#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sampler/sampler.h"
#include "support.h"

namespace gpu_health::test {

inline SamplerOptions options(const std::string& library = SIMULATOR_LIBRARY) { 
  SamplerOptions options;
  options.libraryPath = library;
  options.interval = std::chrono::milliseconds(5);
  options.initRetry = std::chrono::milliseconds(10);
  options.inspectionInterval = std::chrono::milliseconds(10);
  options.gpuRestartWait = std::chrono::milliseconds(10);
  // A call that ends is waited for, also on a busy machine under valgrind.
  options.callGrace = std::chrono::seconds(2);
  return options;
}

inline bool isReady(const Sampler& sampler) { return sampler.status().phase == Phase::kReady; }

/** The GPU's sample number; 0 where there is none yet. */
inline std::uint64_t sequence(const Sampler& sampler, unsigned index) {
  const auto gpus = sampler.status().gpus;
  return index < gpus.size() && gpus[index].snapshot ? gpus[index].snapshot->sequence : 0;
}

/** Whether each of these GPUs gets new samples. */
inline bool areFresh(const Sampler& sampler, const std::vector<unsigned>& indices) {
  return std::all_of(indices.begin(), indices.end(), [&](unsigned index) {
    const std::uint64_t before = sequence(sampler, index);
    return static_cast<bool>(eventually([&] { return sequence(sampler, index) > before + 2; }));
  });
}

/** Whether the GPU's thread is inside this function. */
inline bool isIn(const Sampler& sampler, unsigned index, const std::string& function) {
  const auto gpus = sampler.status().gpus;
  return index < gpus.size() && gpus[index].call && gpus[index].call->function == function;
}

/** Whether the GPU's thread is inside a call for so long that not even a busy machine explains it. */
inline bool hangs(const Sampler& sampler, unsigned index) {
  const auto gpus = sampler.status().gpus;
  return index < gpus.size() && gpus[index].call && Clock::now() - gpus[index].call->startedAt > std::chrono::milliseconds(200);
}

}  // namespace gpu_health::test
