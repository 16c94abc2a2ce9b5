#include "sampler/event_listener.h"

#include <chrono>

namespace gpu_health {
namespace {

using namespace std::chrono_literals;

/** How long one wait in the driver takes, and with it a stop. */
constexpr unsigned kWaitMs = 50;
/** How soon it is looked again whether there is something to wait for. */
constexpr Clock::duration kIdle = 50ms;
/** How often an event set that does not work is replaced. */
constexpr Clock::duration kRenewal = 1s;

/** Errors, and changes of what a GPU is. Not the clocks and performance states, which change all the time. */
constexpr std::uint64_t kWantedEvents = nvml::kEventXid | nvml::kEventDoubleBitEcc | nvml::kEventMigConfiguration |
                                        nvml::kEventRetirement | nvml::kEventRetirementFailure |
                                        nvml::kEventNonFatalPoison | nvml::kEventFatalPoison |
                                        nvml::kEventGpuUnavailable | nvml::kEventRecoveryAction;

std::optional<std::uint32_t> instanceId(std::uint32_t id) {
  if (id == nvml::kNoInstance) return std::nullopt;
  return id;
}

}  // namespace

void EventListener::open(const nvml::Functions& functions, CallWatch& watch) {
  {
    const std::lock_guard lock(mutex_);
    functions_ = &functions;
    gpus_.clear();
    code_ = nvml::kNotReady;
  }
  create(watch);
}

nvml::Return EventListener::create(CallWatch& watch) {
  nvml::EventSet handle = nullptr;
  const nvml::Return code = watch.call(functions_->eventSetCreate, &handle);
  const std::lock_guard lock(mutex_);
  if (code == nvml::kSuccess) {
    sets_.push_back({handle, 0});
    ++epoch_;
  } else {
    code_ = code;
  }
  return code;
}

void EventListener::close(CallWatch& watch) {
  std::list<Set> sets;
  {
    const std::lock_guard lock(mutex_);
    sets.swap(sets_);
  }
  for (const Set& set : sets) free(set.handle, watch);
}

void EventListener::free(nvml::EventSet handle, CallWatch& watch) {
  // What has come since the last wait: it may be what the set is given up for.
  nvml::EventData data{};
  while (watch.call(functions_->eventSetWait, handle, &data, 0U) == nvml::kSuccess) push(data);
  const auto& function = functions_->eventSetFree;
  if (function.address) watch.run(function.name, [&] { return function.address(handle); });
}

std::uint64_t EventListener::epoch() const {
  const std::lock_guard lock(mutex_);
  return epoch_;
}

void EventListener::add(unsigned gpu, nvml::Device device, CallWatch& watch) {
  Set* set = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (sets_.empty()) return;
    set = &sets_.back();
    ++set->users;
    gpus_[device] = gpu;
  }
  std::uint64_t types = nvml::kEventXid;
  std::uint64_t supported = 0;
  if (watch.call(functions_->deviceGetSupportedEventTypes, device, &supported) == nvml::kSuccess) {
    types = supported & kWantedEvents;
  }
  const nvml::Return code =
      types == 0 ? nvml::kNotSupported : watch.call(functions_->deviceRegisterEvents, device, types, set->handle);
  const std::lock_guard lock(mutex_);
  --set->users;
  if (code_ != nvml::kSuccess) code_ = code;
}

void EventListener::listenUntilStopped() {
  TimePoint renewableAt = Clock::now();
  while (!signals_.stopping()) {
    nvml::Return code = nvml::kNotReady;
    {
      const DriverGate::Pass pass(gate_);
      if (!pass) return;
      freeOld();
      code = waitOnce();
      // The driver ends every wait once a GPU of the set is lost. The lost one cannot be registered with a new set.
      const bool isBroken = code != nvml::kSuccess && code != nvml::kTimeout && code != nvml::kNotReady;
      if (isBroken && Clock::now() >= renewableAt && !signals_.stopping()) {
        renewableAt = Clock::now() + kRenewal;
        if (create(watch_) == nvml::kSuccess) signals_.nudge();
      }
    }
    if (code != nvml::kSuccess && code != nvml::kTimeout) signals_.sleepUntil(Clock::now() + kIdle);
  }
}

nvml::Return EventListener::waitOnce() {
  nvml::EventSet handle = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (code_ != nvml::kSuccess || sets_.empty()) return nvml::kNotReady;
    handle = sets_.back().handle;
  }
  nvml::EventData data{};
  const nvml::Return code = watch_.call(functions_->eventSetWait, handle, &data, kWaitMs);
  if (code == nvml::kSuccess) push(data);
  return code;
}

void EventListener::freeOld() {
  for (;;) {
    nvml::EventSet handle = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (sets_.size() < 2 || sets_.front().users > 0) return;
      handle = sets_.front().handle;
      sets_.pop_front();
    }
    free(handle, watch_);
  }
}

void EventListener::push(const nvml::EventData& data) {
  std::optional<unsigned> gpu;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = gpus_.find(data.device); found != gpus_.end()) gpu = found->second;
  }
  queue_.push({0, Clock::now(), gpu, data.type, data.data, instanceId(data.gpuInstanceId),
               instanceId(data.computeInstanceId)});
  signals_.noteChange();
}

Reading<bool> EventListener::isSupported() const {
  const std::lock_guard lock(mutex_);
  if (code_ == nvml::kSuccess) return true;
  return Absent{code_};
}

}  // namespace gpu_health
