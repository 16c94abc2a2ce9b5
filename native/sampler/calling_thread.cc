#include "sampler/calling_thread.h"

#include <algorithm>
#include <chrono>

namespace gpu_health {
namespace {

using namespace std::chrono_literals;

/** How often a thread that outlasts its deadline is looked at: it may be on its way out, or about to enter a call. */
constexpr auto kRecheck = 5ms;

}  // namespace

CallingThread::CallingThread(const CallWatch& watch, std::function<void()> body) : watch_(&watch) {
  std::packaged_task<void()> task(std::move(body));
  ended_ = task.get_future();
  thread_ = std::thread(std::move(task));
}

bool CallingThread::joinBy(TimePoint deadline) {
  while (ended_.wait_until(deadline) != std::future_status::ready) {
    if (watch_->inFlight()) {
      thread_.detach();
      return false;
    }
    deadline = std::max(deadline, Clock::now() + kRecheck);
  }
  thread_.join();
  return true;
}

}  // namespace gpu_health
