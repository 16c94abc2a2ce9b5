#include "simulator/event_set.h"

namespace gpu_health::simulator {

void EventSet::add(unsigned gpu, std::uint64_t types, const Events& events) {
  const std::lock_guard lock(mutex_);
  const auto [found, isNew] = registrations_.try_emplace(gpu);
  found->second.types |= types;
  if (isNew && !events.empty()) found->second.lastNumber = events.rbegin()->first;
}

std::optional<std::pair<unsigned, Event>> EventSet::take(const State& state) {
  const std::lock_guard lock(mutex_);
  for (auto& [gpu, registration] : registrations_) {
    if (gpu >= state.gpus.size()) continue;
    const Events& events = state.gpus[gpu].events;
    for (auto event = events.upper_bound(registration.lastNumber); event != events.end(); ++event) {
      registration.lastNumber = event->first;
      if (event->second.type & registration.types) return std::pair(gpu, event->second);
    }
  }
  return std::nullopt;
}

bool EventSet::hasLostGpu(const State& state) {
  const std::lock_guard lock(mutex_);
  for (const auto& [gpu, registration] : registrations_) {
    if (gpu >= state.gpus.size() || state.gpus[gpu].isLost()) return true;
  }
  return false;
}

}  // namespace gpu_health::simulator
