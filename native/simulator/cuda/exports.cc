// The CUDA driver's C functions that gpu_health_cuda_probe calls, answered by the simulator. One context at a time, as
// the probe has it; GPU memory is the process's own.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <string>

#include "simulator/cuda/driver.h"
#include "simulator/cuda/ptx.h"

#define CUDA_EXPORT extern "C" __attribute__((visibility("default")))

using namespace gpu_health::cuda;
using gpu_health::simulator::CudaDriver;
using gpu_health::simulator::Gpu;

// What the driver's handles point to; they are opaque to its callers.
struct gpu_health::cuda::ContextObject {
  Device device;
};
struct gpu_health::cuda::ModuleObject {
  gpu_health::simulator::PtxKernel kernel;
};

namespace {

/** What a context takes of a GPU's memory: about as much as on an H200. */
constexpr std::uint64_t kContextBytes = 512ULL << 20U;

Context current = nullptr;

CudaDriver& driver() { return CudaDriver::instance(); }

const Gpu& gpuOf(Device device) { return *driver().devices()[static_cast<std::size_t>(device)]; }

/** A call about no device: `answer()`. */
template <class Answer>
Result onSystem(const char* function, Answer&& answer) {
  const Result code = driver().enter(function);
  return code == kSuccess ? answer() : code;
}

template <class Answer>
Result onDevice(const char* function, Device device, Answer&& answer) {
  const Result code = driver().enter(function, device);
  return code == kSuccess ? answer() : code;
}

/** A call that needs the current context. */
template <class Answer>
Result inContext(const char* function, Answer&& answer) {
  if (!current) return kInvalidContext;
  return onDevice(function, current->device, answer);
}

/** The 16 bytes of "GPU-" and 32 hexadecimal digits; digits that are missing are 0. */
Uuid parseUuid(const std::string& text) {
  std::string digits;
  std::copy_if(text.begin() + std::min<std::ptrdiff_t>(4, static_cast<std::ptrdiff_t>(text.size())), text.end(),
               std::back_inserter(digits), [](unsigned char c) { return std::isxdigit(c) != 0; });
  digits.resize(2 * sizeof(Uuid), '0');
  Uuid uuid{};
  for (std::size_t index = 0; index < sizeof uuid; ++index) {
    uuid.bytes[index] = static_cast<unsigned char>(std::stoul(digits.substr(2 * index, 2), nullptr, 16));
  }
  return uuid;
}

}  // namespace

CUDA_EXPORT Result cuGetErrorName(Result code, const char** name) {
  static const std::map<Result, const char*> names = {
      {0, "CUDA_SUCCESS"},
      {1, "CUDA_ERROR_INVALID_VALUE"},
      {2, "CUDA_ERROR_OUT_OF_MEMORY"},
      {3, "CUDA_ERROR_NOT_INITIALIZED"},
      {46, "CUDA_ERROR_DEVICE_UNAVAILABLE"},
      {100, "CUDA_ERROR_NO_DEVICE"},
      {101, "CUDA_ERROR_INVALID_DEVICE"},
      {201, "CUDA_ERROR_INVALID_CONTEXT"},
      {214, "CUDA_ERROR_ECC_UNCORRECTABLE"},
      {500, "CUDA_ERROR_NOT_FOUND"},
      {719, "CUDA_ERROR_LAUNCH_FAILED"},
      {802, "CUDA_ERROR_SYSTEM_NOT_READY"},
      {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"},
      {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE"},
      {999, "CUDA_ERROR_UNKNOWN"},
  };
  const auto found = names.find(code);
  *name = found == names.end() ? nullptr : found->second;
  return found == names.end() ? kInvalidValue : kSuccess;
}

CUDA_EXPORT Result cuInit(unsigned flags) {
  if (flags != 0) return kInvalidValue;
  return onSystem("cuInit", [] {
    if (driver().devices().empty()) return kNoDevice;
    driver().setInitialised();
    return kSuccess;
  });
}

CUDA_EXPORT Result cuDriverGetVersion(int* version) {
  return onSystem("cuDriverGetVersion", [&] {
    *version = driver().version();
    return kSuccess;
  });
}

CUDA_EXPORT Result cuDeviceGetCount(int* count) {
  return onSystem("cuDeviceGetCount", [&] {
    *count = static_cast<int>(driver().devices().size());
    return kSuccess;
  });
}

CUDA_EXPORT Result cuDeviceGet(Device* device, int ordinal) {
  return onDevice("cuDeviceGet", ordinal, [&] {
    *device = ordinal;
    return kSuccess;
  });
}

CUDA_EXPORT Result cuDeviceGetUuid(Uuid* uuid, Device device) {
  return onDevice("cuDeviceGetUuid", device, [&] {
    *uuid = parseUuid(gpuOf(device).uuid);
    return kSuccess;
  });
}

CUDA_EXPORT Result cuDeviceGetUuid_v2(Uuid* uuid, Device device) {
  return onDevice("cuDeviceGetUuid_v2", device, [&] {
    const Gpu& gpu = gpuOf(device);
    *uuid = parseUuid(gpu.hasMigEnabled() ? gpu.migUuid(0) : gpu.uuid);
    return kSuccess;
  });
}

CUDA_EXPORT Result cuDeviceGetAttribute(int* value, int attribute, Device device) {
  return onDevice("cuDeviceGetAttribute", device, [&] {
    if (attribute != kAttributeComputeMode) return kInvalidValue;
    *value = 0;
    return kSuccess;
  });
}

CUDA_EXPORT Result cuCtxCreate_v2(Context* context, unsigned, Device device) {
  return onDevice("cuCtxCreate_v2", device, [&] {
    if (gpuOf(device).freeBytes() < kContextBytes) return kOutOfMemory;
    *context = current = new ContextObject{device};
    return kSuccess;
  });
}

CUDA_EXPORT Result cuCtxSynchronize() {
  return inContext("cuCtxSynchronize", [] { return kSuccess; });
}

CUDA_EXPORT Result cuCtxDestroy_v2(Context context) {
  return onDevice("cuCtxDestroy_v2", context->device, [&] {
    delete context;
    current = nullptr;
    return kSuccess;
  });
}

CUDA_EXPORT Result cuModuleLoadData(Module* module, const void* image) {
  return inContext("cuModuleLoadData", [&] {
    *module = new ModuleObject{gpu_health::simulator::parsePtx(static_cast<const char*>(image))};
    return kSuccess;
  });
}

CUDA_EXPORT Result cuModuleGetFunction(Kernel* kernel, Module module, const char* name) {
  return inContext("cuModuleGetFunction", [&] {
    if (module->kernel.name != name) return kNotFound;
    *kernel = reinterpret_cast<Kernel>(module);
    return kSuccess;
  });
}

CUDA_EXPORT Result cuModuleUnload(Module module) {
  return inContext("cuModuleUnload", [&] {
    delete module;
    return kSuccess;
  });
}

CUDA_EXPORT Result cuMemAlloc_v2(DevicePointer* pointer, std::size_t bytes) {
  return inContext("cuMemAlloc_v2", [&] {
    *pointer = reinterpret_cast<DevicePointer>(std::malloc(bytes));
    return kSuccess;
  });
}

CUDA_EXPORT Result cuMemFree_v2(DevicePointer pointer) {
  return inContext("cuMemFree_v2", [&] {
    std::free(reinterpret_cast<void*>(pointer));
    return kSuccess;
  });
}

CUDA_EXPORT Result cuMemcpyHtoD_v2(DevicePointer target, const void* source, std::size_t bytes) {
  return inContext("cuMemcpyHtoD_v2", [&] {
    std::memcpy(reinterpret_cast<void*>(target), source, bytes);
    return kSuccess;
  });
}

CUDA_EXPORT Result cuMemcpyDtoH_v2(void* target, DevicePointer source, std::size_t bytes) {
  return inContext("cuMemcpyDtoH_v2", [&] {
    std::memcpy(target, reinterpret_cast<const void*>(source), bytes);
    if (driver().computesWrongly(current->device)) *static_cast<std::uint32_t*>(target) ^= 1U;
    return kSuccess;
  });
}

CUDA_EXPORT Result cuLaunchKernel(Kernel kernel, unsigned gridX, unsigned, unsigned, unsigned blockX, unsigned,
                                  unsigned, unsigned, Stream, void** parameters, void**) {
  return inContext("cuLaunchKernel", [&] {
    const auto& ptx = reinterpret_cast<Module>(kernel)->kernel;
    const auto words = *static_cast<const DevicePointer*>(parameters[0]);
    const auto count = *static_cast<const std::uint32_t*>(parameters[1]);
    for (std::uint32_t block = 0; block < gridX; ++block) {
      for (std::uint32_t thread = 0; thread < blockX; ++thread) runPtx(ptx, {words, count, block, blockX, thread});
    }
    return kSuccess;
  });
}
