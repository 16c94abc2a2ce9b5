// MIG instances and processes.
#include <algorithm>
#include <vector>

#include "simulator/exports.h"

namespace {

using namespace gpu_health::nvml;
using namespace gpu_health::simulator;

Return listProcesses(const char* function, Device device, ProcessKind kind, unsigned* count, ProcessInfo* processes) {
  return onDevice(function, device, [&](const Gpu& gpu) {
    if (!count) return kInvalidArgument;
    std::vector<ProcessInfo> found;
    for (const auto& [pid, process] : gpu.processes) {
      if (process.kind != kind) continue;
      const auto instance = process.migInstance;
      found.push_back({pid, process.usedBytes.value_or(kValueNotAvailable),
                       instance ? Mig::gpuInstanceId(*instance) : kNoInstance,
                       instance ? Mig::computeInstanceId() : kNoInstance});
    }
    const unsigned room = processes ? *count : 0;
    *count = static_cast<unsigned>(found.size());
    if (found.size() > room) return kInsufficientSize;
    std::copy(found.begin(), found.end(), processes);
    return kSuccess;
  });
}

/** A call about a MIG instance: `answer(index)`. */
template <class Answer>
Return onInstance(const char* function, Device device, Answer&& answer) {
  return onTarget(function, device, [&](const Gpu&, std::optional<unsigned> instance) {
    return instance ? answer(*instance) : kInvalidArgument;
  });
}

const Process* findProcess(const State& state, unsigned pid) {
  for (const Gpu& gpu : state.gpus) {
    if (const auto found = gpu.processes.find(pid); found != gpu.processes.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace

/** Whether a process of the simulated GPUs still runs. They are in the state file only, so the kernel does not know. */
NVML_EXPORT bool gpu_health_simulator_process_exists(unsigned pid) {
  const auto state = Engine::instance().peek();
  const Process* process = state ? findProcess(*state, pid) : nullptr;
  return process && !process->isGone;
}

NVML_EXPORT Return nvmlSystemGetProcessName(unsigned pid, char* name, unsigned bytes) {
  return onSystem(__func__, [&](const State& state) {
    const Process* process = findProcess(state, pid);
    return process && !process->isGone && !process->name.empty() ? copyText(process->name, name, bytes) : kNotFound;
  });
}

NVML_EXPORT Return nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!gpu.mig) return kNotSupported;
    if (!current || !pending) return kInvalidArgument;
    *current = gpu.mig->isEnabled ? 1 : 0;
    *pending = *current;
    return kSuccess;
  });
}

NVML_EXPORT Return nvmlDeviceGetMaxMigDeviceCount(Device device, unsigned* count) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return store(count, gpu.mig ? kMaximumMigInstances : 0U); });
}

NVML_EXPORT Return nvmlDeviceGetMigDeviceHandleByIndex(Device device, unsigned index, Device* instance) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!gpu.mig) return kNotSupported;
    if (index >= kMaximumMigInstances) return kInvalidArgument;
    if (!gpu.mig->isEnabled || index >= gpu.mig->instances.size()) return kNotFound;
    Engine& engine = Engine::instance();
    return store(instance, engine.migHandle(engine.targetOf(device)->gpu, index));
  });
}

NVML_EXPORT Return nvmlDeviceGetGpuInstanceId(Device device, unsigned* id) {
  return onInstance(__func__, device, [&](unsigned instance) { return store(id, Mig::gpuInstanceId(instance)); });
}

NVML_EXPORT Return nvmlDeviceGetComputeInstanceId(Device device, unsigned* id) {
  return onInstance(__func__, device, [&](unsigned) { return store(id, Mig::computeInstanceId()); });
}

NVML_EXPORT Return nvmlDeviceGetComputeRunningProcesses_v2(Device device, unsigned* count, ProcessInfo* processes) {
  return listProcesses(__func__, device, ProcessKind::kCompute, count, processes);
}

NVML_EXPORT Return nvmlDeviceGetGraphicsRunningProcesses_v2(Device device, unsigned* count, ProcessInfo* processes) {
  return listProcesses(__func__, device, ProcessKind::kGraphics, count, processes);
}

NVML_EXPORT Return nvmlDeviceGetMPSComputeRunningProcesses_v2(Device device, unsigned* count, ProcessInfo* processes) {
  return listProcesses(__func__, device, ProcessKind::kMps, count, processes);
}

#ifndef NVML_SIMULATOR_OLD  // What an old driver lacks.

NVML_EXPORT Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* processes) {
  return listProcesses(__func__, device, ProcessKind::kCompute, count, processes);
}

NVML_EXPORT Return nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* processes) {
  return listProcesses(__func__, device, ProcessKind::kGraphics, count, processes);
}

NVML_EXPORT Return nvmlDeviceGetMPSComputeRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* processes) {
  return listProcesses(__func__, device, ProcessKind::kMps, count, processes);
}

#endif
