#include "sampler/mig_reader.h"

#include <algorithm>
#include <utility>

#include "nvml/return_code.h"
#include "sampler/read_text.h"

namespace gpu_health {

void MigReader::findInstances() {
  unsigned maximum = 0;
  if (watch_.call(functions_.deviceGetMaxMigDeviceCount, device_, &maximum) != nvml::kSuccess) return;
  std::vector<Instance> found;
  for (unsigned index = 0; index < maximum; ++index) {
    nvml::Device device = nullptr;
    // The places of instances that do not exist are not at the end only.
    if (watch_.call(functions_.deviceGetMigDeviceHandleByIndex, device_, index, &device) != nvml::kSuccess) continue;
    MigInstance names{nvml::kNoInstance, nvml::kNoInstance, {}, {}, Absent{nvml::kNotReady}};
    if (watch_.call(functions_.deviceGetGpuInstanceId, device, &names.gpuInstanceId) != nvml::kSuccess) continue;
    if (watch_.call(functions_.deviceGetComputeInstanceId, device, &names.computeInstanceId) != nvml::kSuccess) continue;
    names.uuid = readText(nvml::kUuidBytes, [&](char* text, unsigned bytes) {
      return watch_.call(functions_.deviceGetUuid, device, text, bytes);
    });
    names.name = readText(nvml::kNameBytes, [&](char* text, unsigned bytes) {
      return watch_.call(functions_.deviceGetName, device, text, bytes);
    });
    found.push_back({std::move(names), MemoryReader(functions_, watch_, device)});
  }
  instances_ = std::move(found);
}

std::vector<MigInstance> MigReader::sample() {
  std::vector<MigInstance> sampled = readInstances();
  const auto isUnreadable = [](const MigInstance& instance) {
    const auto* absent = std::get_if<Absent>(&instance.memory);
    return absent && !nvml::isUnsupported(absent->code);
  };
  // One that an operator has removed gives errors, which are no fault of the GPU.
  if (std::none_of(sampled.begin(), sampled.end(), isUnreadable)) return sampled;
  findInstances();
  return readInstances();
}

std::vector<MigInstance> MigReader::readInstances() {
  std::vector<MigInstance> sampled;
  sampled.reserve(instances_.size());
  for (Instance& instance : instances_) {
    sampled.push_back(instance.names);
    sampled.back().memory = instance.memory.read();
  }
  return sampled;
}

}  // namespace gpu_health
