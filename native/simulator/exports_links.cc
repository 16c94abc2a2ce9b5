// PCIe, NVLink and the NVLink fabric.
#include "simulator/exports.h"

namespace {

using namespace gpu_health::nvml;
using namespace gpu_health::simulator;

Return onPcie(const char* function, Device device, unsigned* value, std::uint32_t Pcie::* member) {
  return onDevice(function, device, [&](const Gpu& gpu) { return store(value, gpu.links.pcie.*member); });
}

/** A call about one NVLink: `answer(link)`. */
template <class Answer>
Return onNvlink(const char* function, Device device, unsigned link, Answer&& answer) {
  return onDevice(function, device, [&](const Gpu& gpu) {
    if (gpu.links.nvlinks.empty()) return kNotSupported;
    return link < gpu.links.nvlinks.size() ? answer(gpu.links.nvlinks[link]) : kInvalidArgument;
  });
}

}  // namespace

NVML_EXPORT Return nvmlDeviceGetPcieReplayCounter(Device device, unsigned* count) {
  return onPcie(__func__, device, count, &Pcie::replays);
}

NVML_EXPORT Return nvmlDeviceGetCurrPcieLinkGeneration(Device device, unsigned* generation) {
  return onPcie(__func__, device, generation, &Pcie::generation);
}

NVML_EXPORT Return nvmlDeviceGetMaxPcieLinkGeneration(Device device, unsigned* generation) {
  return onPcie(__func__, device, generation, &Pcie::maximumGeneration);
}

NVML_EXPORT Return nvmlDeviceGetCurrPcieLinkWidth(Device device, unsigned* width) {
  return onPcie(__func__, device, width, &Pcie::width);
}

NVML_EXPORT Return nvmlDeviceGetMaxPcieLinkWidth(Device device, unsigned* width) {
  return onPcie(__func__, device, width, &Pcie::maximumWidth);
}

NVML_EXPORT Return nvmlDeviceGetNvLinkState(Device device, unsigned link, unsigned* isActive) {
  return onNvlink(__func__, device, link, [&](const Nvlink& found) { return store(isActive, found.isActive ? 1U : 0U); });
}

NVML_EXPORT Return nvmlDeviceGetNvLinkErrorCounter(Device device, unsigned link, unsigned counter,
                                                   std::uint64_t* count) {
  return onNvlink(__func__, device, link, [&](const Nvlink& found) {
    switch (counter) {
      case kNvlinkReplay:
        return store(count, found.replayErrors);
      case kNvlinkRecovery:
        return store(count, found.recoveryErrors);
      case kNvlinkCrcFlit:
        return store(count, found.crcErrors);
      case kNvlinkCrcData:
        return store(count, std::uint64_t{0});
      default:
        return kInvalidArgument;
    }
  });
}

#ifndef NVML_SIMULATOR_OLD  // What an old driver lacks.

NVML_EXPORT Return nvmlDeviceGetGpuFabricInfoV(Device device, FabricInfo* info) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!info) return kInvalidArgument;
    if (info->version != kFabricInfoVersion) return kArgumentVersionMismatch;
    const auto& fabric = gpu.links.fabric;
    if (!fabric) return kNotSupported;
    *info = {};
    info->version = kFabricInfoVersion;
    info->state = static_cast<std::uint8_t>(fabric->state);
    info->status = static_cast<Return>(fabric->status);
    info->healthMask = fabric->healthMask;
    return kSuccess;
  });
}

#endif
