#pragma once

#include <algorithm>

#include "sampler/clock.h"

namespace gpu_health {

/** When something that did not help may be tried again: at once, then after `first`, then each time after twice as long,
 *  up to `maximum`. Quiet for twice that long, it starts afresh. */
class Backoff {
 public:
  Backoff(Clock::duration first, Clock::duration maximum)
      : first_(first), maximum_(std::max(first, maximum)), wait_(first) {}

  bool isOver(TimePoint now) const { return now >= next_; }
  TimePoint next() const { return next_; }

  void noteAttempt(TimePoint now) {
    if (now >= next_ + 2 * maximum_) wait_ = first_;
    next_ = now + wait_;
    wait_ = std::min(2 * wait_, maximum_);
  }

 private:
  Clock::duration first_;
  Clock::duration maximum_;
  Clock::duration wait_;
  TimePoint next_{};
};

}  // namespace gpu_health
