#include "cuda/devices.h"

#include <cstring>

namespace gpu_health::cuda {
namespace {

std::string format(const Uuid& uuid) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text = "GPU";
  for (unsigned index = 0; index < sizeof uuid.bytes; ++index) {
    if (index == 0 || index == 4 || index == 6 || index == 8 || index == 10) text += '-';
    text += kDigits[uuid.bytes[index] >> 4U];
    text += kDigits[uuid.bytes[index] & 0xfU];
  }
  return text;
}

std::optional<DeviceInfo> describe(const Caller& caller, int ordinal) {
  const Functions& cuda = caller.functions();
  Device device = 0;
  Uuid uuid{};
  int computeMode = 0;
  if (!caller.call(cuda.deviceGet, &device, ordinal) || !caller.call(cuda.deviceGetUuid, &uuid, device) ||
      !caller.call(cuda.deviceGetAttribute, &computeMode, kAttributeComputeMode, device)) {
    return std::nullopt;
  }
  Uuid instance = uuid;
  // Came with CUDA 11.4. A driver without it shows MIG devices as whole GPUs.
  if (cuda.deviceGetUuidV2.address && !caller.call(cuda.deviceGetUuidV2, &instance, device)) return std::nullopt;
  const bool isMig = std::memcmp(&instance, &uuid, sizeof uuid) != 0;
  return DeviceInfo{device, format(uuid), isMig, computeMode};
}

}  // namespace

std::optional<std::vector<DeviceInfo>> initialise(const Caller& caller) {
  const Functions& cuda = caller.functions();
  int version = 0;
  int count = 0;
  if (!caller.call(cuda.init, 0U) || !caller.call(cuda.driverGetVersion, &version)) return std::nullopt;
  report::driverVersion(version);
  if (!caller.call(cuda.deviceGetCount, &count)) return std::nullopt;
  std::vector<DeviceInfo> devices;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    const auto info = describe(caller, ordinal);
    if (!info) return std::nullopt;
    report::device(*info);
    devices.push_back(*info);
  }
  return devices;
}

}  // namespace gpu_health::cuda
