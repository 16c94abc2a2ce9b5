#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "sampler/clock.h"

namespace gpu_health {

/** Something that the driver told by itself. */
struct DriverEvent {
  /** Counts from 1. */
  std::uint64_t sequence;
  TimePoint at;
  /** Empty where the driver names a GPU that is not known. */
  std::optional<unsigned> gpu;
  /** NVML's event type, one bit. */
  std::uint64_t type;
  /** The XID, of an XID event. */
  std::uint64_t data;
  /** Empty: the whole GPU. */
  std::optional<std::uint32_t> gpuInstanceId;
  std::optional<std::uint32_t> computeInstanceId;
};

/** Events that nobody has taken yet. Any thread. */
class EventQueue {
 public:
  static constexpr std::size_t kCapacity = 1024;

  /** Numbers the event. Drops the oldest one where too many wait. */
  void push(DriverEvent event) {
    const std::lock_guard lock(mutex_);
    event.sequence = ++sequence_;
    if (events_.size() == kCapacity) {
      events_.pop_front();
      ++dropped_;
    }
    events_.push_back(event);
  }

  /** All of them, oldest first. */
  std::vector<DriverEvent> take() {
    const std::lock_guard lock(mutex_);
    std::vector<DriverEvent> taken(events_.begin(), events_.end());
    events_.clear();
    return taken;
  }

  std::uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<DriverEvent> events_;
  std::uint64_t sequence_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace gpu_health
