// The one table of NVML functions. Each symbol is looked up by itself, so a driver that lacks one still loads.
#pragma once

#include "nvml/abi.h"

namespace gpu_health::nvml {

// X(member, parameters, candidates newest first). Candidates share one row only where the caller may treat them alike;
// where the arguments differ (memory, temperature) each has a row of its own and the caller chooses.
// nvmlDeviceGetPciInfo_v2 is declared with the struct of _v3 and leaves its last field as the caller zeroed it.
#define GPU_HEALTH_NVML_FUNCTIONS(X)                                                                               \
  X(init, (), "nvmlInit_v2", "nvmlInit")                                                                           \
  X(shutdown, (), "nvmlShutdown")                                                                                  \
  X(systemGetDriverVersion, (char* version, unsigned bytes), "nvmlSystemGetDriverVersion")                         \
  X(systemGetNvmlVersion, (char* version, unsigned bytes), "nvmlSystemGetNVMLVersion")                             \
  X(systemGetCudaDriverVersion, (int* version), "nvmlSystemGetCudaDriverVersion_v2",                               \
    "nvmlSystemGetCudaDriverVersion")                                                                              \
  X(deviceGetCount, (unsigned* count), "nvmlDeviceGetCount_v2", "nvmlDeviceGetCount")                              \
  X(deviceGetHandleByIndex, (unsigned index, Device* device), "nvmlDeviceGetHandleByIndex_v2",                     \
    "nvmlDeviceGetHandleByIndex")                                                                                  \
  X(deviceGetUuid, (Device device, char* uuid, unsigned bytes), "nvmlDeviceGetUUID")                               \
  X(deviceGetName, (Device device, char* name, unsigned bytes), "nvmlDeviceGetName")                               \
  X(deviceGetSerial, (Device device, char* serial, unsigned bytes), "nvmlDeviceGetSerial")                         \
  X(deviceGetPciInfo, (Device device, PciInfo* info), "nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetPciInfo_v2")        \
  X(deviceGetMemoryInfoV2, (Device device, MemoryV2* memory), "nvmlDeviceGetMemoryInfo_v2")                        \
  X(deviceGetMemoryInfo, (Device device, Memory* memory), "nvmlDeviceGetMemoryInfo")                               \
  X(deviceGetUtilizationRates, (Device device, Utilization* utilization), "nvmlDeviceGetUtilizationRates")         \
  X(deviceGetTemperatureV, (Device device, Temperature* temperature), "nvmlDeviceGetTemperatureV")                 \
  X(deviceGetTemperature, (Device device, unsigned sensor, unsigned* celsius), "nvmlDeviceGetTemperature")         \
  X(deviceGetPowerUsage, (Device device, unsigned* milliwatts), "nvmlDeviceGetPowerUsage")                         \
  X(deviceGetEnforcedPowerLimit, (Device device, unsigned* milliwatts), "nvmlDeviceGetEnforcedPowerLimit")         \
  X(deviceGetClockInfo, (Device device, unsigned clock, unsigned* megahertz), "nvmlDeviceGetClockInfo")

/** One function of the library: the name of the symbol that was found, and its address. */
template <class Signature>
struct Function {
  /** The newest candidate's name where none was found. A string literal: valid for the life of the process. */
  const char* name = nullptr;
  /** Null where the library exports none of the candidates. */
  Signature* address = nullptr;
};

struct Functions {
#define GPU_HEALTH_DECLARE(member, parameters, ...) Function<Return parameters> member;
  GPU_HEALTH_NVML_FUNCTIONS(GPU_HEALTH_DECLARE)
#undef GPU_HEALTH_DECLARE
};

}  // namespace gpu_health::nvml
