#include "sampler/calling_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace gpu_health {
namespace {

using namespace std::chrono_literals;

/** What an abandoned thread still uses. */
struct Shared {
  Signals signals;
  CallWatch watch{signals};
  std::promise<void> gate;
  std::promise<void> entered;
};

TEST(CallingThread, IsJoinedWhenItEnds) {
  auto shared = std::make_shared<Shared>();
  CallingThread thread(shared->watch, [shared] {});
  EXPECT_TRUE(thread.joinBy(Clock::now()));
}

TEST(CallingThread, IsAbandonedInsideACallOnly) {
  auto shared = std::make_shared<Shared>();
  auto released = std::make_shared<std::promise<void>>();
  CallingThread thread(shared->watch, [shared, released] {
    shared->watch.run("nvmlHang", [&] {
      shared->entered.set_value();
      shared->gate.get_future().wait();
    });
    released->set_value();
  });
  shared->entered.get_future().wait();
  EXPECT_STREQ(shared->watch.inFlight()->function, "nvmlHang");
  EXPECT_FALSE(thread.joinBy(Clock::now() + 1ms));
  shared->gate.set_value();
  released->get_future().wait();
  EXPECT_FALSE(shared->watch.inFlight());
}

TEST(CallingThread, IsWaitedForOutsideACallPastTheDeadline) {
  auto shared = std::make_shared<Shared>();
  CallingThread thread(shared->watch, [shared] { shared->gate.get_future().wait(); });
  std::thread release([shared] {
    std::this_thread::sleep_for(20ms);
    shared->gate.set_value();
  });
  EXPECT_TRUE(thread.joinBy(Clock::now()));
  release.join();
}

}  // namespace
}  // namespace gpu_health
