// NVML's C functions, answered by the simulator. Runs on whichever thread calls.
#include <strings.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "nvml/return_code.h"
#include "simulator/engine.h"

#define NVML_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using namespace gpu_health::nvml;
using gpu_health::simulator::Engine;
using gpu_health::simulator::Gpu;
using gpu_health::simulator::State;

/** A call about no GPU: `answer(state)`. */
template <class Answer>
Return onSystem(const char* function, Answer&& answer) {
  std::shared_ptr<const State> state;
  const Return code = Engine::instance().enter(function, std::nullopt, state);
  return code == kSuccess ? answer(*state) : code;
}

/** A call about the GPU of a handle: `answer(gpu)`. */
template <class Answer>
Return onDevice(const char* function, Device device, Answer&& answer) {
  const std::optional<unsigned> index = Engine::instance().indexOf(device);
  if (!index) return kInvalidArgument;
  std::shared_ptr<const State> state;
  const Return code = Engine::instance().enter(function, index, state);
  if (code != kSuccess) return code;
  return answer(state->gpus[*index]);
}

Return copyText(const std::string& text, char* buffer, unsigned bytes) {
  if (!buffer) return kInvalidArgument;
  if (text.size() >= bytes) return kInsufficientSize;
  std::memcpy(buffer, text.c_str(), text.size() + 1);
  return kSuccess;
}

template <class T>
Return store(T* target, const T& value) {
  if (!target) return kInvalidArgument;
  *target = value;
  return kSuccess;
}

template <std::size_t size>
void fill(char (&field)[size], const std::string& text) {
  std::strncpy(field, text.c_str(), size - 1);
  field[size - 1] = '\0';
}

/** The handle of the first GPU that `fits`. The search itself is a call about no GPU; the answer is about that GPU. */
template <class Predicate>
Return findDevice(const char* function, Device* device, Predicate&& fits) {
  if (!device) return kInvalidArgument;
  std::optional<unsigned> index;
  const Return code = onSystem(function, [&](const State& state) {
    const auto found = std::find_if(state.gpus.begin(), state.gpus.end(), fits);
    if (found == state.gpus.end()) return kNotFound;
    index = static_cast<unsigned>(found - state.gpus.begin());
    return kSuccess;
  });
  if (code != kSuccess) return code;
  const Device handle = Engine::instance().handle(*index);
  return onDevice(function, handle, [&](const Gpu&) { return store(device, handle); });
}

Return handleByIndex(const char* function, unsigned index, Device* device) {
  if (!device) return kInvalidArgument;
  const Return code = onSystem(
      function, [&](const State& state) { return index < state.gpus.size() ? kSuccess : kInvalidArgument; });
  if (code != kSuccess) return code;
  const Device handle = Engine::instance().handle(index);
  return onDevice(function, handle, [&](const Gpu&) { return store(device, handle); });
}

Return handleByBusId(const char* function, const char* busId, Device* device) {
  if (!busId) return kInvalidArgument;
  return findDevice(function, device, [&](const Gpu& gpu) {
    return strcasecmp(busId, gpu.busId().c_str()) == 0 || strcasecmp(busId, gpu.legacyBusId().c_str()) == 0;
  });
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
  return onSystem(__func__, [&](const State& state) { return store(count, static_cast<unsigned>(state.gpus.size())); });
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
  return onDevice(__func__, device, [&](const Gpu&) { return store(index, *Engine::instance().indexOf(device)); });
}

NVML_EXPORT Return nvmlDeviceGetUUID(Device device, char* uuid, unsigned bytes) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return copyText(gpu.uuid, uuid, bytes); });
}

NVML_EXPORT Return nvmlDeviceGetName(Device device, char* name, unsigned bytes) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return copyText(gpu.name, name, bytes); });
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
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    return store(memory, Memory{gpu.totalBytes, gpu.freeBytes(), gpu.usedBytes + gpu.reservedBytes});
  });
}

NVML_EXPORT Return nvmlDeviceGetUtilizationRates(Device device, Utilization* utilization) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    return store(utilization, Utilization{gpu.gpuPercent, gpu.memoryPercent});
  });
}

NVML_EXPORT Return nvmlDeviceGetTemperature(Device device, unsigned sensor, unsigned* celsius) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (sensor != kTemperatureSensorGpu) return kInvalidArgument;
    return store(celsius, static_cast<unsigned>(gpu.temperatureCelsius));
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

NVML_EXPORT Return nvmlDeviceGetMaxClockInfo(Device device, unsigned type, unsigned* megahertz) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    return type < kClockTypeCount ? store(megahertz, gpu.maxClockMhz[type]) : kInvalidArgument;
  });
}

#ifndef NVML_SIMULATOR_OLD  // What an old driver lacks.

NVML_EXPORT Return nvmlInit_v2() { return Engine::instance().initialise(__func__); }

NVML_EXPORT Return nvmlInitWithFlags(unsigned) { return Engine::instance().initialise(__func__); }

NVML_EXPORT Return nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return onSystem(__func__, [&](const State& state) { return store(version, state.cudaDriverVersion); });
}

NVML_EXPORT Return nvmlDeviceGetCount_v2(unsigned* count) {
  return onSystem(__func__, [&](const State& state) { return store(count, static_cast<unsigned>(state.gpus.size())); });
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
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!memory) return kInvalidArgument;
    if (memory->version != kMemoryV2Version) return kArgumentVersionMismatch;
    *memory = {kMemoryV2Version, gpu.totalBytes, gpu.reservedBytes, gpu.freeBytes(), gpu.usedBytes};
    return kSuccess;
  });
}

NVML_EXPORT Return nvmlDeviceGetTemperatureV(Device device, Temperature* temperature) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!temperature) return kInvalidArgument;
    if (temperature->version != kTemperatureVersion) return kArgumentVersionMismatch;
    if (temperature->sensor != kTemperatureSensorGpu) return kInvalidArgument;
    temperature->celsius = gpu.temperatureCelsius;
    return kSuccess;
  });
}

#endif
