#pragma once

#include <memory>
#include <optional>

#include "sampler/supervisor.h"

namespace gpu_health {

/** Samples every GPU of one NVML library until it is stopped. Constructing it returns at once; stopping it takes a
 *  fraction of a second at most, also while a call into the driver hangs. Used from one thread. */
class Sampler {
 public:
  /** Throws std::system_error where no thread can be started. */
  explicit Sampler(SamplerOptions options);
  ~Sampler() { stop(); }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  SamplerStatus status() const { return supervisor_->status(); }

  /** The driver's events that came since the last call, oldest first. */
  std::vector<DriverEvent> takeEvents() { return supervisor_->events().take(); }
  /** How many events nobody took in time. */
  std::uint64_t droppedEvents() const { return supervisor_->events().dropped(); }

  /** Returns how many threads were left behind because a call into the driver has not returned; the library is then
   *  neither shut down nor unloaded. A second call gives the first one's result. */
  unsigned stop();

 private:
  std::shared_ptr<Supervisor> supervisor_;
  std::optional<unsigned> abandoned_;
  CallingThread thread_;
};

}  // namespace gpu_health
