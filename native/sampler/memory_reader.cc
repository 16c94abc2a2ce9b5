#include "sampler/memory_reader.h"

namespace gpu_health {

Reading<MemoryReading> MemoryReader::read() {
  const nvml::Functions& functions = calls_.functions();
  const auto v2 = calls_.ask(Signal::kMemoryV2, functions.deviceGetMemoryInfoV2,
                             nvml::MemoryV2{nvml::kMemoryV2Version, 0, 0, 0, 0});
  if (const auto* memory = std::get_if<nvml::MemoryV2>(&v2)) {
    return MemoryReading{memory->totalBytes, memory->usedBytes, memory->reservedBytes, memory->freeBytes};
  }
  if (!nvml::isUnsupported(std::get<Absent>(v2).code)) return std::get<Absent>(v2);
  const auto v1 = calls_.ask(Signal::kMemory, functions.deviceGetMemoryInfo, nvml::Memory{});
  return mapReading<MemoryReading>(v1, [](const nvml::Memory& memory) {
    return MemoryReading{memory.totalBytes, memory.usedBytes, Absent{nvml::kFunctionNotFound}, memory.freeBytes};
  });
}

}  // namespace gpu_health
