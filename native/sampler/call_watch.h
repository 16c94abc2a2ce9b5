#pragma once

#include <atomic>
#include <optional>
#include <utility>

#include "nvml/functions.h"
#include "sampler/clock.h"
#include "sampler/signals.h"

namespace gpu_health {

/** A call that has not returned yet. `function` is a string literal. */
struct CallInFlight {
  const char* function;
  TimePoint startedAt;
};

/** The watchdog's view of one thread: which driver call it is in, and since when. The thread itself makes the calls;
 *  any other thread may look. */
class CallWatch {
 public:
  explicit CallWatch(const Signals& signals) : signals_(signals) {}

  /** Calls an NVML function. A symbol that the library lacks gives the code that NVML has for that; once the sampler
   *  is to stop no further call begins, so that stop() waits for one call at most. */
  template <class... Parameters, class... Arguments>
  nvml::Return call(const nvml::Function<nvml::Return(Parameters...)>& function, Arguments&&... arguments) {
    if (!function.address) return nvml::kFunctionNotFound;
    const Bracket bracket(*this, function.name);
    if (signals_.stopping()) return nvml::kUninitialized;
    return function.address(std::forward<Arguments>(arguments)...);
  }

  /** Runs anything else that may not return, under the name given; also while the sampler stops. */
  template <class Body>
  auto run(const char* name, Body&& body) {
    const Bracket bracket(*this, name);
    return body();
  }

  std::optional<CallInFlight> inFlight() const {
    for (;;) {
      const char* before = function_.load();
      if (!before) return std::nullopt;
      const TimePoint startedAt{Clock::duration{startedAt_.load()}};
      // The thread may have gone on to its next call between the two loads; then the pair does not belong together.
      if (function_.load() == before) return CallInFlight{before, startedAt};
    }
  }

 private:
  struct Bracket {
    Bracket(CallWatch& watch, const char* name) : watch(watch) {
      watch.startedAt_ = Clock::now().time_since_epoch().count();
      watch.function_ = name;
    }
    ~Bracket() { watch.function_ = nullptr; }
    Bracket(const Bracket&) = delete;
    Bracket& operator=(const Bracket&) = delete;
    CallWatch& watch;
  };

  const Signals& signals_;
  std::atomic<const char*> function_{nullptr};
  std::atomic<Clock::rep> startedAt_{0};
};

}  // namespace gpu_health
