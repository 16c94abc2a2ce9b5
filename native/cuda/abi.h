// The part of the CUDA driver's binary interface that the probe uses, so that no CUDA toolkit is needed to build it.
// Names follow NVIDIA's cuda.h.
#pragma once

namespace gpu_health::cuda {

/** CUresult: 0 is success. Newer drivers add codes, so any number may come. */
using Result = int;
/** CUdevice: the ordinal among the devices that this process sees. */
using Device = int;
/** CUdeviceptr on 64-bit machines. */
using DevicePointer = unsigned long long;
using Context = struct ContextObject*;
using Module = struct ModuleObject*;
using Kernel = struct KernelObject*;
using Stream = struct StreamObject*;

struct Uuid {
  unsigned char bytes[16];
};

inline constexpr Result kSuccess = 0;
inline constexpr Result kInvalidValue = 1;
inline constexpr Result kOutOfMemory = 2;
inline constexpr Result kNotInitialized = 3;
inline constexpr Result kNoDevice = 100;
inline constexpr Result kInvalidDevice = 101;
inline constexpr Result kInvalidContext = 201;
inline constexpr Result kNotFound = 500;
inline constexpr Result kUnknown = 999;

/** CU_DEVICE_ATTRIBUTE_COMPUTE_MODE: 0 default, 2 prohibited, 3 exclusive to one process. */
inline constexpr int kAttributeComputeMode = 20;
/** CU_CTX_SCHED_BLOCKING_SYNC: a thread that waits for the GPU sleeps. By default it may spin. */
inline constexpr unsigned kContextBlockingSync = 4;

}  // namespace gpu_health::cuda
