#include "sampler/driver_gate.h"

#include <gtest/gtest.h>

#include <future>

namespace gpu_health {
namespace {

using namespace std::chrono_literals;

TEST(DriverGate, IsClosedAtFirst) {
  DriverGate gate;
  auto waiting = std::async(std::launch::async, [&] { return static_cast<bool>(DriverGate::Pass(gate)); });
  EXPECT_EQ(waiting.wait_for(20ms), std::future_status::timeout);
  gate.open();
  EXPECT_TRUE(waiting.get());
}

TEST(DriverGate, ClosesWhenTheLastOneHasLeft) {
  DriverGate gate;
  gate.open();
  auto pass = std::make_unique<DriverGate::Pass>(gate);
  auto closing = std::async(std::launch::async, [&] { return gate.closeBy(Clock::now() + 10s); });
  EXPECT_EQ(closing.wait_for(20ms), std::future_status::timeout);
  pass.reset();
  EXPECT_TRUE(closing.get());
}

TEST(DriverGate, StaysOpenWhereSomebodyDoesNotLeave) {
  DriverGate gate;
  gate.open();
  const DriverGate::Pass inside(gate);
  EXPECT_FALSE(gate.closeBy(Clock::now() + 10ms));
  EXPECT_TRUE(static_cast<bool>(DriverGate::Pass(gate))) << "others go on";
}

TEST(DriverGate, SendsEveryoneAwayAtTheEnd) {
  DriverGate gate;
  auto waiting = std::async(std::launch::async, [&] { return static_cast<bool>(DriverGate::Pass(gate)); });
  gate.requestStop();
  EXPECT_FALSE(waiting.get());
  EXPECT_FALSE(gate.closeBy(Clock::now() + 10s));
}

}  // namespace
}  // namespace gpu_health
