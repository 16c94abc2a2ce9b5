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
  X(deviceGetHandleByPciBusId, (const char* busId, Device* device),                                                \
    "nvmlDeviceGetHandleByPciBusId_v2", "nvmlDeviceGetHandleByPciBusId")                                           \
  X(deviceGetClockInfo, (Device device, unsigned clock, unsigned* megahertz), "nvmlDeviceGetClockInfo")            \
  X(deviceGetClocksEventReasons, (Device device, std::uint64_t* reasons),                                          \
    "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")                         \
  X(deviceGetFieldValues, (Device device, int count, FieldValue* values), "nvmlDeviceGetFieldValues")              \
  X(deviceGetMarginTemperature, (Device device, MarginTemperature* margin), "nvmlDeviceGetMarginTemperature")      \
  X(deviceGetTemperatureThreshold, (Device device, unsigned threshold, unsigned* celsius),                         \
    "nvmlDeviceGetTemperatureThreshold")                                                                           \
  X(deviceGetPersistenceMode, (Device device, unsigned* isOn), "nvmlDeviceGetPersistenceMode")                     \
  X(deviceGetEccMode, (Device device, unsigned* current, unsigned* pending), "nvmlDeviceGetEccMode")               \
  X(deviceGetTotalEccErrors, (Device device, unsigned error, unsigned counter, std::uint64_t* count),              \
    "nvmlDeviceGetTotalEccErrors")                                                                                 \
  X(deviceGetRemappedRows,                                                                                         \
    (Device device, unsigned* correctable, unsigned* uncorrectable, unsigned* isPending, unsigned* hasFailed),     \
    "nvmlDeviceGetRemappedRows")                                                                                   \
  X(deviceGetRetiredPages,                                                                                         \
    (Device device, unsigned cause, unsigned* count, std::uint64_t* addresses, std::uint64_t* timestamps),         \
    "nvmlDeviceGetRetiredPages_v2")                                                                                \
  X(deviceGetRetiredPagesPendingStatus, (Device device, unsigned* isPending),                                      \
    "nvmlDeviceGetRetiredPagesPendingStatus")                                                                      \
  X(deviceGetPcieReplayCounter, (Device device, unsigned* count), "nvmlDeviceGetPcieReplayCounter")                \
  X(deviceGetPcieLinkGeneration, (Device device, unsigned* generation), "nvmlDeviceGetCurrPcieLinkGeneration")     \
  X(deviceGetMaxPcieLinkGeneration, (Device device, unsigned* generation), "nvmlDeviceGetMaxPcieLinkGeneration")   \
  X(deviceGetPcieLinkWidth, (Device device, unsigned* width), "nvmlDeviceGetCurrPcieLinkWidth")                    \
  X(deviceGetMaxPcieLinkWidth, (Device device, unsigned* width), "nvmlDeviceGetMaxPcieLinkWidth")                  \
  X(deviceGetNvLinkState, (Device device, unsigned link, unsigned* isActive), "nvmlDeviceGetNvLinkState")          \
  X(deviceGetNvLinkErrorCounter, (Device device, unsigned link, unsigned counter, std::uint64_t* count),           \
    "nvmlDeviceGetNvLinkErrorCounter")                                                                             \
  X(deviceGetGpuFabricInfo, (Device device, FabricInfo* info), "nvmlDeviceGetGpuFabricInfoV")                      \
  X(deviceGetMigMode, (Device device, unsigned* current, unsigned* pending), "nvmlDeviceGetMigMode")               \
  X(deviceGetMaxMigDeviceCount, (Device device, unsigned* count), "nvmlDeviceGetMaxMigDeviceCount")                \
  X(deviceGetMigDeviceHandleByIndex, (Device device, unsigned index, Device* instance),                            \
    "nvmlDeviceGetMigDeviceHandleByIndex")                                                                         \
  X(deviceGetGpuInstanceId, (Device instance, unsigned* id), "nvmlDeviceGetGpuInstanceId")                         \
  X(deviceGetComputeInstanceId, (Device instance, unsigned* id), "nvmlDeviceGetComputeInstanceId")                 \
  X(deviceGetComputeProcesses, (Device device, unsigned* count, ProcessInfo* processes),                           \
    "nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2")                          \
  X(deviceGetGraphicsProcesses, (Device device, unsigned* count, ProcessInfo* processes),                          \
    "nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2")                        \
  X(deviceGetMpsProcesses, (Device device, unsigned* count, ProcessInfo* processes),                               \
    "nvmlDeviceGetMPSComputeRunningProcesses_v3", "nvmlDeviceGetMPSComputeRunningProcesses_v2")                    \
  X(systemGetProcessName, (unsigned pid, char* name, unsigned bytes), "nvmlSystemGetProcessName")                  \
  X(deviceGetSupportedEventTypes, (Device device, std::uint64_t* types), "nvmlDeviceGetSupportedEventTypes")       \
  X(deviceRegisterEvents, (Device device, std::uint64_t types, EventSet set), "nvmlDeviceRegisterEvents")          \
  X(eventSetCreate, (EventSet* set), "nvmlEventSetCreate")                                                         \
  X(eventSetWait, (EventSet set, EventData* event, unsigned timeoutMs), "nvmlEventSetWait_v2")                     \
  X(eventSetFree, (EventSet set), "nvmlEventSetFree")

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
