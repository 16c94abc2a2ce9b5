#include "sampler/gpu.h"

#include <utility>

#include "nvml/return_code.h"

namespace gpu_health {
namespace {

bool isSettled(const Reading<std::string>& reading) {
  const auto* absent = std::get_if<Absent>(&reading);
  return !absent || nvml::isUnsupported(absent->code);
}

/** Whether asking again would change nothing. */
bool isSettled(const Identity& identity) {
  return isSettled(identity.uuid) && isSettled(identity.name) && isSettled(identity.pciBusId) &&
         isSettled(identity.serial);
}

}  // namespace

std::unique_ptr<DeviceReader> Gpu::open(const nvml::Functions& functions) {
  nvml::Device device = nullptr;
  const nvml::Return code = watch_.call(functions.deviceGetHandleByIndex, index_, &device);
  if (code != nvml::kSuccess) {
    if (!signals_.stopping()) publishHandle(code);
    return nullptr;
  }
  return std::make_unique<DeviceReader>(functions, watch_, device);
}

void Gpu::sampleUntilStopped(const nvml::Functions& functions, Clock::duration interval) {
  std::unique_ptr<DeviceReader> reader;
  std::shared_ptr<const Identity> identity;
  do {
    if (!reader) reader = open(functions);
    if (reader) {
      if (!identity || !isSettled(*identity)) identity = std::make_shared<const Identity>(reader->identify());
      Snapshot snapshot = reader->sample();
      // Once the sampler stops, calls are refused on this side: such a sample says nothing about the GPU.
      if (signals_.stopping()) return;
      publish(identity, std::move(snapshot));
    }
  } while (signals_.sleepUntil(nextTick(Clock::now(), interval)));
}

void Gpu::publishHandle(nvml::Return code) {
  {
    const std::lock_guard lock(mutex_);
    if (handleCode_ == code) return;
    handleCode_ = code;
  }
  signals_.noteChange();
}

void Gpu::publish(std::shared_ptr<const Identity> identity, Snapshot snapshot) {
  auto published = std::make_shared<const Snapshot>(std::move(snapshot));
  {
    const std::lock_guard lock(mutex_);
    handleCode_ = nvml::kSuccess;
    identity_ = std::move(identity);
    snapshot_ = std::move(published);
  }
  signals_.noteChange();
}

GpuStatus Gpu::status() const {
  const std::lock_guard lock(mutex_);
  return {index_, handleCode_, identity_, snapshot_, watch_.inFlight()};
}

bool Gpu::hasAnswered() const {
  const std::lock_guard lock(mutex_);
  return handleCode_ != nvml::kNotReady;
}

}  // namespace gpu_health
