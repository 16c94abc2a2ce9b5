#include "sampler/gpu.h"

#include <algorithm>
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

bool isLost(const Snapshot& snapshot) {
  const auto* absent = std::get_if<Absent>(&snapshot.memory);
  return absent && absent->code == nvml::kGpuIsLost;
}

/** Whether a setting differs that decides what the GPU supports. */
bool hasOtherModes(const Inspection& left, const Inspection& right) {
  const auto isOn = [](const Reading<bool>& reading) {
    const auto* value = std::get_if<bool>(&reading);
    return value && *value;
  };
  const auto hasEcc = [](const Reading<EccModes>& reading) {
    const auto* value = std::get_if<EccModes>(&reading);
    return value && value->isEnabled;
  };
  return isOn(left.migEnabled) != isOn(right.migEnabled) || hasEcc(left.ecc) != hasEcc(right.ecc);
}

}  // namespace

void Gpu::sampleUntilStopped(DriverSession& session, SamplingIntervals intervals) {
  do {
    const DriverGate::Pass pass(session.gate);
    if (!pass) return;
    sampleOnce(session, intervals.inspection);
  } while (signals_.napUntil(nextTick(Clock::now(), intervals.sample)));
}

void Gpu::sampleOnce(DriverSession& session, Clock::duration inspectionInterval) {
  if (generation_ != session.generation) {
    handle_.reset();
    foundIdentity_.reset();
    generation_ = session.generation;
  }
  if (!handle_ || handle_->isLost) renewHandle(session);
  if (!handle_) return;
  // Before the first reading is told, so that no event can fall between the two.
  if (const std::uint64_t epoch = session.events.epoch(); epoch != handle_->eventEpoch) {
    session.events.add(index_, handle_->device, watch_);
    handle_->eventEpoch = epoch;
  }
  if (!foundIdentity_ || !isSettled(*foundIdentity_)) {
    foundIdentity_ = std::make_shared<const Identity>(handle_->reader.identify());
    const auto* busId = std::get_if<std::string>(&foundIdentity_->pciBusId);
    if (busId && session.places.take(*busId, index_)) pciBusId_ = *busId;
  }
  Snapshot snapshot = handle_->reader.sample(snapshots_ + 1);
  // Once the sampler stops, calls are refused on this side: such a sample says nothing about the GPU.
  if (signals_.stopping()) return;
  ++snapshots_;
  handle_->isLost = isLost(snapshot);
  const bool isInspectable = !handle_->isLost;
  const bool hasGrown = memoryGrowth_.isLarge(snapshot.memory);
  publish(foundIdentity_, std::move(snapshot));
  if (isInspectable && (hasGrown || Clock::now() >= nextInspection_)) inspect(inspectionInterval);
}

void Gpu::inspect(Clock::duration interval) {
  memoryGrowth_.forget();
  Inspection inspection = handle_->inspector.inspect(inspections_ + 1);
  if (signals_.stopping()) return;
  ++inspections_;
  // A little early rather than a tick late.
  nextInspection_ = Clock::now() + interval * 9 / 10;
  const std::shared_ptr<const Inspection> before = status().inspection;
  if (before && hasOtherModes(*before, inspection)) {
    handle_->inspector.forgetUnsupported();
    handle_->reader.forgetUnsupported();
    nextInspection_ = {};
  }
  const auto* hasMig = std::get_if<bool>(&inspection.migEnabled);
  handle_->reader.useMig(hasMig && *hasMig);
  publish(std::move(inspection));
}

void Gpu::renewHandle(DriverSession& session) {
  nvml::Device device = nullptr;
  const nvml::Return code = findDevice(session, device);
  if (code == nvml::kSuccess) {
    handle_.emplace(*session.functions, watch_, device, session.processes);
    nextInspection_ = {};
    return;
  }
  // The old handle, if there is one, at least says what is wrong.
  if (!handle_ && !signals_.stopping()) publishHandle(code);
}

nvml::Return Gpu::findDevice(DriverSession& session, nvml::Device& device) {
  const nvml::Functions& functions = *session.functions;
  if (pciBusId_ && functions.deviceGetHandleByPciBusId.address) {
    const nvml::Return code = watch_.call(functions.deviceGetHandleByPciBusId, pciBusId_->c_str(), &device);
    return code == nvml::kNotFound ? nvml::kGpuNotFound : code;
  }
  // Only the first initialisation defines which index is whose.
  if (generation_ > 1) return findNewcomer(session, device);
  return watch_.call(functions.deviceGetHandleByIndex, index_, &device);
}

nvml::Return Gpu::findNewcomer(DriverSession& session, nvml::Device& device) {
  nvml::Return answer = nvml::kGpuNotFound;
  for (unsigned index = 0; index < session.count; ++index) {
    nvml::Device candidate = nullptr;
    const nvml::Return code = watch_.call(session.functions->deviceGetHandleByIndex, index, &candidate);
    if (code != nvml::kSuccess) {
      answer = code;
      continue;
    }
    const Identity identity = DeviceReader(*session.functions, watch_, candidate).identify();
    const auto* busId = std::get_if<std::string>(&identity.pciBusId);
    if (!busId || !session.places.take(*busId, index_)) continue;
    device = candidate;
    return nvml::kSuccess;
  }
  return answer;
}

void Gpu::beginGeneration() {
  const std::lock_guard lock(mutex_);
  hasAnswered_ = false;
  advice_.forget();
}

void Gpu::publishHandle(nvml::Return code) {
  {
    const std::lock_guard lock(mutex_);
    advice_.note(code);
    hasAnswered_ = true;
    // One that needs a restart goes on asking for it.
    if (handleCode_ == code && !advice_.need()) return;
    handleCode_ = code;
  }
  signals_.noteChange();
}

void Gpu::publish(std::shared_ptr<const Identity> identity, Snapshot snapshot) {
  auto published = std::make_shared<const Snapshot>(std::move(snapshot));
  {
    const std::lock_guard lock(mutex_);
    handleCode_ = nvml::kSuccess;
    hasAnswered_ = true;
    advice_.note(*published);
    identity_ = std::move(identity);
    snapshot_ = std::move(published);
  }
  signals_.noteChange();
}

void Gpu::publish(Inspection inspection) {
  auto published = std::make_shared<const Inspection>(std::move(inspection));
  {
    const std::lock_guard lock(mutex_);
    inspection_ = std::move(published);
  }
  signals_.noteChange();
}

GpuStatus Gpu::status() const {
  const std::lock_guard lock(mutex_);
  return {index_, handleCode_, identity_, snapshot_, inspection_, watch_.inFlight()};
}

bool Gpu::hasAnswered() const {
  const std::lock_guard lock(mutex_);
  return hasAnswered_;
}

std::optional<RestartNeed> Gpu::restartNeed() const {
  const std::lock_guard lock(mutex_);
  return advice_.need();
}

}  // namespace gpu_health
