#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "sampler/clock.h"

namespace gpu_health {

/** What the threads of one sampler tell each other: that they are to stop, and that something has changed. */
class Signals {
 public:
  void requestStop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    changed_.notify_all();
  }

  bool stopping() const { return stopping_; }

  /** Waits until `time`. Returns false at once when the sampler is to stop. */
  bool sleepUntil(TimePoint time) {
    std::unique_lock lock(mutex_);
    return !stopped_.wait_until(lock, time, [this] { return stopping_.load(); });
  }

  /** As sleepUntil(), but wakes at a nudge too. */
  bool napUntil(TimePoint time) {
    std::unique_lock lock(mutex_);
    const unsigned before = nudges_;
    stopped_.wait_until(lock, time, [&] { return stopping_.load() || nudges_ != before; });
    return !stopping_;
  }

  /** Wakes those who nap. */
  void nudge() {
    {
      const std::lock_guard lock(mutex_);
      ++nudges_;
    }
    stopped_.notify_all();
  }

  void noteChange() {
    {
      const std::lock_guard lock(mutex_);
      hasChange_ = true;
    }
    changed_.notify_one();
  }

  /** Waits for a change, which it does not consume. Returns false when the sampler is to stop. */
  bool awaitChange() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return hasChange_ || stopping_; });
    return !stopping_;
  }

  /** Waits for a change and consumes it. Returns false at `deadline` and when the sampler is to stop. */
  bool takeChangeBy(TimePoint deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [this] { return hasChange_ || stopping_; });
    const bool taken = hasChange_ && !stopping_;
    hasChange_ = false;
    return taken;
  }

  void discardChange() {
    const std::lock_guard lock(mutex_);
    hasChange_ = false;
  }

 private:
  std::mutex mutex_;
  /** Of `stopping_` and `nudges_`. */
  std::condition_variable stopped_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_{false};
  bool hasChange_ = false;
  unsigned nudges_ = 0;
};

}  // namespace gpu_health
