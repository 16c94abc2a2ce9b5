// NVML's C functions, answered by the simulator. Runs on whichever thread calls.
#include "simulator/exports.h"

#include <strings.h>

#include <string>

#include "nvml/return_code.h"

namespace {

using namespace gpu_health::nvml;
using namespace gpu_health::simulator;

/** The handle of the first GPU that `fits`. The search itself is a call about no GPU; the answer is about that GPU. */
template <class Predicate>
Return findDevice(const char* function, Device* device, Predicate&& fits) {
  if (!device) return kInvalidArgument;
  std::optional<unsigned> gpu;
  Engine& engine = Engine::instance();
  const Return code = onSystem(function, [&](const State& state) {
    for (unsigned index = 0; index < engine.count(); ++index) {
      const unsigned candidate = engine.gpuAt(index);
      if (candidate >= state.gpus.size() || !fits(state.gpus[candidate])) continue;
      gpu = candidate;
      return kSuccess;
    }
    return kNotFound;
  });
  if (code != kSuccess) return code;
  const Device handle = engine.handle(*gpu);
  return onDevice(function, handle, [&](const Gpu&) { return store(device, handle); });
}

Return handleByIndex(const char* function, unsigned index, Device* device) {
  if (!device) return kInvalidArgument;
  Engine& engine = Engine::instance();
  const Return code =
      onSystem(function, [&](const State&) { return index < engine.count() ? kSuccess : kInvalidArgument; });
  if (code != kSuccess) return code;
  const Device handle = engine.handle(engine.gpuAt(index));
  return onDevice(function, handle, [&](const Gpu&) { return store(device, handle); });
}

Return handleByBusId(const char* function, const char* busId, Device* device) {
  if (!busId) return kInvalidArgument;
  return findDevice(function, device, [&](const Gpu& gpu) {
    return strcasecmp(busId, gpu.busId().c_str()) == 0 || strcasecmp(busId, gpu.legacyBusId().c_str()) == 0;
  });
}

MemoryV2 memoryOf(const Gpu& gpu, std::optional<unsigned> instance) {
  if (!instance) {
    // Asked for once: a leak makes it grow from call to call.
    const std::uint64_t used = gpu.usedNow();
    return {kMemoryV2Version, gpu.totalBytes, gpu.reservedBytes, gpu.totalBytes - gpu.reservedBytes - used, used};
  }
  const std::uint64_t used = gpu.migUsedBytes(*instance);
  return {kMemoryV2Version, gpu.mig->instanceBytes, 0, gpu.mig->instanceBytes - used, used};
}

template <std::size_t size>
void fill(char (&field)[size], const std::string& text) {
  std::strncpy(field, text.c_str(), size - 1);
  field[size - 1] = '\0';
}

void fillLegacyPciInfo(const Gpu& gpu, PciInfo& info) {
  fill(info.busIdLegacy, gpu.legacyBusId());
  info.domain = gpu.pciDomain;
  info.bus = gpu.pciBus;
  info.device = 0;
  info.pciDeviceId = gpu.pciDeviceId;
  info.pciSubSystemId = gpu.pciSubsystemId;
}

/** A driver whose call hangs with a lock held does not let the process exit either. */
__attribute__((destructor)) void awaitHangingCall() { Engine::instance().awaitRelease(); }

}  // namespace

NVML_EXPORT const char* gpu_health_simulator_version() { return "1"; }

NVML_EXPORT const char* nvmlErrorString(Return code) {
  thread_local std::string text;
  text = returnCodeName(code);
  return text.c_str();
}

NVML_EXPORT Return nvmlInit() { return Engine::instance().initialise(__func__); }

NVML_EXPORT Return nvmlShutdown() { return Engine::instance().shutdown(__func__); }

NVML_EXPORT Return nvmlSystemGetDriverVersion(char* version, unsigned bytes) {
  return onSystem(__func__, [&](const State& state) { return copyText(state.driverVersion, version, bytes); });
}

NVML_EXPORT Return nvmlSystemGetNVMLVersion(char* version, unsigned bytes) {
  return onSystem(__func__, [&](const State& state) { return copyText(state.nvmlVersion, version, bytes); });
}

NVML_EXPORT Return nvmlSystemGetCudaDriverVersion(int* version) {
  return onSystem(__func__, [&](const State& state) { return store(version, state.cudaDriverVersion); });
}

NVML_EXPORT Return nvmlDeviceGetCount(unsigned* count) {
  return onSystem(__func__, [&](const State&) { return store(count, Engine::instance().count()); });
}

NVML_EXPORT Return nvmlDeviceGetHandleByIndex(unsigned index, Device* device) {
  return handleByIndex(__func__, index, device);
}

NVML_EXPORT Return nvmlDeviceGetHandleByUUID(const char* uuid, Device* device) {
  if (!uuid) return kInvalidArgument;
  return findDevice(__func__, device, [&](const Gpu& gpu) { return gpu.uuid == uuid; });
}

NVML_EXPORT Return nvmlDeviceGetHandleByPciBusId(const char* busId, Device* device) {
  return handleByBusId(__func__, busId, device);
}

NVML_EXPORT Return nvmlDeviceGetIndex(Device device, unsigned* index) {
  Engine& engine = Engine::instance();
  return onDevice(__func__, device, [&](const Gpu&) {
    const auto found = engine.indexOf(engine.targetOf(device)->gpu);
    return found ? store(index, *found) : kNotFound;
  });
}

NVML_EXPORT Return nvmlDeviceGetUUID(Device device, char* uuid, unsigned bytes) {
  return onTarget(__func__, device, [&](const Gpu& gpu, std::optional<unsigned> instance) {
    return copyText(instance ? gpu.migUuid(*instance) : gpu.uuid, uuid, bytes);
  });
}

NVML_EXPORT Return nvmlDeviceGetName(Device device, char* name, unsigned bytes) {
  return onTarget(__func__, device, [&](const Gpu& gpu, std::optional<unsigned> instance) {
    return copyText(instance ? gpu.name + " MIG " + gpu.mig->profile : gpu.name, name, bytes);
  });
}

NVML_EXPORT Return nvmlDeviceGetSerial(Device device, char* serial, unsigned bytes) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return copyText(gpu.serial, serial, bytes); });
}

NVML_EXPORT Return nvmlDeviceGetPciInfo_v2(Device device, PciInfo* info) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!info) return kInvalidArgument;
    fillLegacyPciInfo(gpu, *info);
    return kSuccess;
  });
}

NVML_EXPORT Return nvmlDeviceGetMemoryInfo(Device device, Memory* memory) {
  return onTarget(__func__, device, [&](const Gpu& gpu, std::optional<unsigned> instance) {
    const MemoryV2 now = memoryOf(gpu, instance);
    return store(memory, Memory{now.totalBytes, now.freeBytes, now.usedBytes + now.reservedBytes});
  });
}

NVML_EXPORT Return nvmlDeviceGetUtilizationRates(Device device, Utilization* utilization) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (gpu.hasMigEnabled()) return kNotSupported;
    return store(utilization, Utilization{gpu.gpuPercent, gpu.memoryPercent});
  });
}

NVML_EXPORT Return nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return store(milliwatts, gpu.powerMilliwatts); });
}

NVML_EXPORT Return nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned* milliwatts) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return store(milliwatts, gpu.powerLimitMilliwatts); });
}

NVML_EXPORT Return nvmlDeviceGetPowerManagementLimit(Device device, unsigned* milliwatts) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return store(milliwatts, gpu.powerLimitMilliwatts); });
}

NVML_EXPORT Return nvmlDeviceGetClockInfo(Device device, unsigned type, unsigned* megahertz) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    return type < kClockTypeCount ? store(megahertz, gpu.clockMhz[type]) : kInvalidArgument;
  });
}

NVML_EXPORT Return nvmlDeviceGetPersistenceMode(Device device, unsigned* isOn) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return store(isOn, gpu.persistenceMode ? 1U : 0U); });
}

NVML_EXPORT Return nvmlDeviceGetCurrentClocksThrottleReasons(Device device, std::uint64_t* reasons) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return store(reasons, gpu.clockEventReasons); });
}

NVML_EXPORT Return nvmlDeviceGetMaxClockInfo(Device device, unsigned type, unsigned* megahertz) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    return type < kClockTypeCount ? store(megahertz, gpu.maxClockMhz[type]) : kInvalidArgument;
  });
}

#ifndef NVML_SIMULATOR_OLD  // What an old driver lacks.

NVML_EXPORT Return nvmlInit_v2() { return Engine::instance().initialise(__func__); }

NVML_EXPORT Return nvmlInitWithFlags(unsigned) { return Engine::instance().initialise(__func__); }

NVML_EXPORT Return nvmlDeviceGetCurrentClocksEventReasons(Device device, std::uint64_t* reasons) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return store(reasons, gpu.clockEventReasons); });
}

NVML_EXPORT Return nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return onSystem(__func__, [&](const State& state) { return store(version, state.cudaDriverVersion); });
}

NVML_EXPORT Return nvmlDeviceGetCount_v2(unsigned* count) {
  return onSystem(__func__, [&](const State&) { return store(count, Engine::instance().count()); });
}

NVML_EXPORT Return nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
  return handleByIndex(__func__, index, device);
}

NVML_EXPORT Return nvmlDeviceGetHandleByPciBusId_v2(const char* busId, Device* device) {
  return handleByBusId(__func__, busId, device);
}

NVML_EXPORT Return nvmlDeviceGetPciInfo_v3(Device device, PciInfo* info) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!info) return kInvalidArgument;
    fillLegacyPciInfo(gpu, *info);
    fill(info->busId, gpu.busId());
    return kSuccess;
  });
}

NVML_EXPORT Return nvmlDeviceGetMemoryInfo_v2(Device device, MemoryV2* memory) {
  return onTarget(__func__, device, [&](const Gpu& gpu, std::optional<unsigned> instance) {
    if (!memory) return kInvalidArgument;
    if (memory->version != kMemoryV2Version) return kArgumentVersionMismatch;
    *memory = memoryOf(gpu, instance);
    return kSuccess;
  });
}

#endif
