#pragma once

#include <chrono>

namespace gpu_health {

/** CLOCK_MONOTONIC on Linux, the clock of Node's process.hrtime(). */
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

inline double toMilliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/** Milliseconds since the clock's origin, as process.hrtime() counts them. */
inline double toMilliseconds(TimePoint time) { return toMilliseconds(time.time_since_epoch()); }

/** The next multiple of `interval` after `now`. All threads of the process use the same multiples, so that GPUs are
 *  sampled together and wake the event loop once; a sample that took too long skips the multiples it missed. */
inline TimePoint nextTick(TimePoint now, Clock::duration interval) {
  return TimePoint((now.time_since_epoch() / interval + 1) * interval);
}

}  // namespace gpu_health
