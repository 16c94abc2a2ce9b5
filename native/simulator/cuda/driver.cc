#include "simulator/cuda/driver.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "simulator/model_folder.h"

namespace gpu_health::simulator {

CudaDriver& CudaDriver::instance() {
  static CudaDriver driver;
  return driver;
}

CudaDriver::CudaDriver() {
  const char* file = std::getenv("NVML_SIMULATOR_STATE");
  try {
    state_ = makeState(file && *file ? readConf(file) : std::vector<Setting>{}, findModelFolder());
  } catch (const ConfError& error) {
    std::fprintf(stderr, "simulated CUDA: %s (every call fails)\n", error.what());
    return;
  }
  if (!state_->driverIsLoaded) return;
  for (const Gpu& gpu : state_->gpus) {
    // A GPU in MIG mode is no device itself.
    if (!gpu.isLost() && !gpu.hasMigEnabled()) devices_.push_back(&gpu);
  }
  // CUDA shows one MIG instance, the first, and then nothing else.
  for (const Gpu& gpu : state_->gpus) {
    if (gpu.isLost() || !gpu.hasMigEnabled() || gpu.mig->instances.empty()) continue;
    devices_ = {&gpu};
    break;
  }
}

cuda::Result CudaDriver::enter(const char* function, std::optional<cuda::Device> device) {
  if (!state_) return cuda::kUnknown;
  std::vector<const CudaFaults*> faults = {&state_->cuda};
  if (device && hasDevice(*device)) faults.push_back(&devices_[static_cast<std::size_t>(*device)]->cuda);
  cuda::Result code = cuda::kSuccess;
  for (const CudaFaults* each : faults) {
    std::this_thread::sleep_for(each->calls.latencies.find(function, {}));
    while (each->calls.hangs.find(function, false)) pause();
    if (each->crashes.find(function, false)) std::abort();
    if (code == cuda::kSuccess) code = static_cast<cuda::Result>(each->calls.returns.find(function, nvml::kSuccess));
  }
  if (code != cuda::kSuccess) return code;
  if (!isInitialised_ && std::strcmp(function, "cuInit") != 0) return cuda::kNotInitialized;
  return device && !hasDevice(*device) ? cuda::kInvalidDevice : cuda::kSuccess;
}

bool CudaDriver::computesWrongly(cuda::Device device) const {
  return state_->cuda.wrongResult || devices_[static_cast<std::size_t>(device)]->cuda.wrongResult;
}

}  // namespace gpu_health::simulator
