#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cuda/abi.h"
#include "simulator/state.h"

namespace gpu_health::simulator {

/** The simulated CUDA driver of this process: the state file as it was at the first call. A program that uses it is over
 *  before the file changes. */
class CudaDriver {
 public:
  static CudaDriver& instance();

  /** Waits, hangs and crashes as the state says; then the code that the call is to return if nothing else is wrong.
   *  `device`: an ordinal, where the call is about one. */
  cuda::Result enter(const char* function, std::optional<cuda::Device> device = {});

  void setInitialised() { isInitialised_ = true; }
  /** What CUDA shows, by ordinal. */
  const std::vector<const Gpu*>& devices() const { return devices_; }
  bool hasDevice(cuda::Device device) const {
    return device >= 0 && static_cast<std::size_t>(device) < devices_.size();
  }
  bool computesWrongly(cuda::Device device) const;
  int version() const { return state_->cudaDriverVersion; }

 private:
  CudaDriver();

  std::optional<State> state_;
  std::vector<const Gpu*> devices_;
  bool isInitialised_ = false;
};

}  // namespace gpu_health::simulator
