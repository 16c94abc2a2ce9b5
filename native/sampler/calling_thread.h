#pragma once

#include <functional>
#include <future>
#include <thread>

#include "sampler/call_watch.h"

namespace gpu_health {

/** A thread that makes calls into the driver: joined where it ends, abandoned where a call holds it. What the thread
 *  uses, `watch` included, must be owned by `body`, because an abandoned thread may return from its call at any time. */
class CallingThread {
 public:
  CallingThread(const CallWatch& watch, std::function<void()> body);

  /** Waits for the thread's end. Past `deadline` a thread that is inside a call is abandoned, and the result is false. */
  bool joinBy(TimePoint deadline);

 private:
  const CallWatch* watch_;
  std::future<void> ended_;
  std::thread thread_;
};

}  // namespace gpu_health
