// The one table of CUDA driver functions. Each symbol is looked up by itself, so a driver that lacks one still loads.
#pragma once

#include <cstddef>

#include "cuda/abi.h"

namespace gpu_health::cuda {

// X(member, parameters, symbol). The symbols are those that cuda.h maps its names to: cuMemAlloc is cuMemAlloc_v2.
// Both forms of cuDeviceGetUuid are used: on a MIG device the first gives the UUID of the whole GPU, _v2 the instance's.
#define GPU_HEALTH_CUDA_FUNCTIONS(X)                                                                             \
  X(init, (unsigned flags), "cuInit")                                                                            \
  X(driverGetVersion, (int* version), "cuDriverGetVersion")                                                      \
  X(getErrorName, (Result code, const char** name), "cuGetErrorName")                                            \
  X(deviceGetCount, (int* count), "cuDeviceGetCount")                                                            \
  X(deviceGet, (Device* device, int ordinal), "cuDeviceGet")                                                     \
  X(deviceGetUuid, (Uuid* uuid, Device device), "cuDeviceGetUuid")                                               \
  X(deviceGetUuidV2, (Uuid* uuid, Device device), "cuDeviceGetUuid_v2")                                          \
  X(deviceGetAttribute, (int* value, int attribute, Device device), "cuDeviceGetAttribute")                      \
  X(contextCreate, (Context* context, unsigned flags, Device device), "cuCtxCreate_v2")                          \
  X(contextSynchronize, (), "cuCtxSynchronize")                                                                  \
  X(contextDestroy, (Context context), "cuCtxDestroy_v2")                                                        \
  X(moduleLoadData, (Module* module, const void* image), "cuModuleLoadData")                                     \
  X(moduleGetFunction, (Kernel* kernel, Module module, const char* name), "cuModuleGetFunction")                 \
  X(moduleUnload, (Module module), "cuModuleUnload")                                                             \
  X(memoryAllocate, (DevicePointer* pointer, std::size_t bytes), "cuMemAlloc_v2")                                \
  X(memoryFree, (DevicePointer pointer), "cuMemFree_v2")                                                         \
  X(copyToDevice, (DevicePointer target, const void* source, std::size_t bytes), "cuMemcpyHtoD_v2")              \
  X(copyToHost, (void* target, DevicePointer source, std::size_t bytes), "cuMemcpyDtoH_v2")                      \
  X(launchKernel,                                                                                                \
    (Kernel kernel, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,            \
     unsigned blockZ, unsigned sharedBytes, Stream stream, void** parameters, void** extra),                     \
    "cuLaunchKernel")

/** One function of the library: its symbol, and its address or null where the library lacks it. */
template <class Signature>
struct Function {
  const char* name;
  Signature* address = nullptr;
};

struct Functions {
#define GPU_HEALTH_DECLARE(member, parameters, symbol) Function<Result parameters> member{symbol};
  GPU_HEALTH_CUDA_FUNCTIONS(GPU_HEALTH_DECLARE)
#undef GPU_HEALTH_DECLARE
};

}  // namespace gpu_health::cuda
