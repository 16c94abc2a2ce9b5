#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "simulator/file_watch.h"
#include "simulator/state.h"

namespace gpu_health::simulator {

/** Behind an nvmlEventSet_t: the GPUs whose events it collects from their registration on. */
class EventSet {
 public:
  EventSet(EventSet* next, const std::string& stateFile) : next(next), changes(stateFile) {}

  /** The set that was made before this one. */
  EventSet* next;
  /** What a wait sleeps on. Not made for each wait, because to end one is slow. */
  FileWatch changes;

  /** Registers for these types. What the state already holds came before, and is not delivered. */
  void add(unsigned gpu, std::uint64_t types, const Events& events);

  /** The next event that was not delivered, with its GPU. */
  std::optional<std::pair<unsigned, Event>> take(const State& state);

  /** Whether a GPU that is registered has been lost, which ends every wait. */
  bool hasLostGpu(const State& state);

 private:
  struct Registration {
    std::uint64_t types = 0;
    std::uint64_t lastNumber = 0;
  };

  std::mutex mutex_;
  std::map<unsigned, Registration> registrations_;
};

}  // namespace gpu_health::simulator
