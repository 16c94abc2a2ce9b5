#pragma once

#include <map>
#include <mutex>
#include <string>

namespace gpu_health {

/** Which GPU of ours is the one in which place: indices of NVML shift when a GPU is gone, PCI bus ids do not. */
class GpuPlaces {
 public:
  /** Takes the place for a GPU, by our index. False where another one has it. */
  bool take(const std::string& pciBusId, unsigned gpu) {
    const std::lock_guard lock(mutex_);
    return places_.emplace(pciBusId, gpu).first->second == gpu;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, unsigned> places_;
};

}  // namespace gpu_health
