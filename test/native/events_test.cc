// The driver's events through a sampler.
#include <atomic>

#include "sampler_support.h"

namespace gpu_health {
namespace {

using namespace std::chrono_literals;
using test::areFresh;
using test::eventually;
using test::isIn;
using test::isReady;
using test::options;
using test::sequence;
using test::StateFile;

class Events : public ::testing::Test {
 protected:
  void start(const std::string& settings, const SamplerOptions& chosen = options()) {
    state.write(settings);
    sampler.emplace(chosen);
    ASSERT_TRUE(eventually([&] { return isReady(*sampler); }));
    ASSERT_TRUE(eventually([&] { return sequence(*sampler, 0) > 0; }));
  }

  /** Waits until this many have come in all. */
  ::testing::AssertionResult haveCome(std::size_t count) {
    return eventually([&] {
      for (const DriverEvent& event : sampler->takeEvents()) events.push_back(event);
      return events.size() >= count;
    });
  }

  StateFile state{""};
  std::vector<DriverEvent> events;
  std::optional<Sampler> sampler;
};

TEST_F(Events, NameTheGpuAndTheInstance) {
  start("count = 2\n");
  EXPECT_EQ(std::get<bool>(sampler->status().eventsSupported), true);
  state.write("count = 2\ngpu.1.event.1 = xid 79\ngpu.0.event.2 = xid 94 8 0\ngpu.0.event.3 = xid 999\n");
  ASSERT_TRUE(haveCome(3));
  const auto is = [](unsigned gpu, std::uint64_t xid) {
    return [=](const DriverEvent& event) { return event.gpu == gpu && event.data == xid; };
  };
  const auto whole = std::find_if(events.begin(), events.end(), is(1, 79));
  ASSERT_NE(whole, events.end());
  EXPECT_EQ(whole->type, nvml::kEventXid);
  EXPECT_FALSE(whole->gpuInstanceId || whole->computeInstanceId);
  const auto ofInstance = std::find_if(events.begin(), events.end(), is(0, 94));
  ASSERT_NE(ofInstance, events.end());
  EXPECT_EQ(ofInstance->gpuInstanceId, 8U);
  EXPECT_EQ(ofInstance->computeInstanceId, 0U);
  EXPECT_NE(std::find_if(events.begin(), events.end(), is(0, 999)), events.end());
}

TEST_F(Events, AreNotLostBetweenTheFirstReadingAndTheFirstWait) {
  for (int round = 0; round < 20; ++round) {
    start("count = 1\n");
    state.write("count = 1\ngpu.0.event.1 = xid 31\n");
    ASSERT_TRUE(haveCome(static_cast<std::size_t>(round) + 1));
    sampler.reset();
  }
}

TEST_F(Events, AreAnnouncedLongBeforeTheNextSample) {
  std::atomic<int> announced{0};
  SamplerOptions slow = options();
  slow.interval = 10min;
  slow.onChange = [&] { ++announced; };
  start("count = 1\n", slow);
  ASSERT_TRUE(eventually([&] { return sampler->status().gpus[0].inspection != nullptr; }));
  std::this_thread::sleep_for(50ms);
  const int before = announced;
  state.write("count = 1\ngpu.0.event.1 = xid 79\n");
  ASSERT_TRUE(eventually([&] { return announced > before; }));
  EXPECT_TRUE(haveCome(1));
}

TEST_F(Events, OfOtherGpusComeWhileOneIsLost) {
  start("count = 2\n");
  state.write("count = 2\ngpu.0.lost = true\ngpu.0.event.1 = xid 79\n");
  ASSERT_TRUE(haveCome(1));
  EXPECT_EQ(events[0].gpu, 0U);
  EXPECT_TRUE(areFresh(*sampler, {1}));
  // Its registration with a new set may be under way; each event has a number of its own.
  std::string settings = "count = 2\ngpu.0.lost = true\ngpu.0.event.1 = xid 79\n";
  unsigned number = 1;
  EXPECT_TRUE(eventually([&] {
    settings += "gpu.1.event." + std::to_string(++number) + " = xid 48\n";
    state.write(settings);
    std::this_thread::sleep_for(20ms);
    for (const DriverEvent& event : sampler->takeEvents()) events.push_back(event);
    return events.size() > 1;
  }));
  EXPECT_EQ(events.back().gpu, 1U);
}

TEST_F(Events, ComeAgainAfterAReload) {
  start("count = 2\n");
  state.write("count = 2\ndriver.generation = 2\n");
  ASSERT_TRUE(eventually([&] { return sampler->status().generation == 2; }));
  EXPECT_TRUE(areFresh(*sampler, {0, 1}));
  EXPECT_TRUE(areFresh(*sampler, {0, 1}));
  state.write("count = 2\ndriver.generation = 2\ngpu.1.event.1 = xid 79\n");
  EXPECT_TRUE(haveCome(1));
}

TEST_F(Events, AWaitThatHangsKeepsNobodyWaiting) {
  start("count = 2\n");
  state.write("count = 2\nhang.nvmlEventSetWait_v2 = true\n");
  EXPECT_TRUE(areFresh(*sampler, {0, 1}));
  std::this_thread::sleep_for(60ms);
  EXPECT_TRUE(areFresh(*sampler, {0, 1}));
  EXPECT_EQ(sampler->stop(), 1U) << "its thread is left behind";
  state.write("count = 2\n");
}

TEST_F(Events, AGpuThatHangsAtItsRegistrationKeepsNobodyWaiting) {
  state.write("count = 2\ngpu.0.hang.nvmlDeviceRegisterEvents = true\n");
  sampler.emplace(options());
  EXPECT_TRUE(areFresh(*sampler, {1}));
  EXPECT_TRUE(eventually([&] { return isIn(*sampler, 0, "nvmlDeviceRegisterEvents"); }));
  state.write("count = 2\ngpu.0.hang.nvmlDeviceRegisterEvents = true\ngpu.1.event.1 = xid 79\n");
  EXPECT_TRUE(haveCome(1));
  state.write("count = 2\n");
  EXPECT_TRUE(areFresh(*sampler, {0}));
  EXPECT_EQ(sampler->stop(), 0U);
}

TEST_F(Events, AreAbsentWhereTheDriverHasNone) {
  start("gpu.0.return.nvmlDeviceRegisterEvents = 3\n");
  EXPECT_EQ(std::get<Absent>(sampler->status().eventsSupported).code, nvml::kNotSupported);
  EXPECT_TRUE(areFresh(*sampler, {0}));
}

TEST_F(Events, OfOtherTypesKeepTheirType) {
  start("count = 1\n");
  state.write("count = 1\ngpu.0.event.1 = 0x100 7\n");
  ASSERT_TRUE(haveCome(1));
  EXPECT_EQ(events[0].type, nvml::kEventMigConfiguration);
  EXPECT_EQ(events[0].data, 7U);
}

TEST(EventQueue, DropsTheOldestAndCountsThem) {
  EventQueue queue;
  for (std::size_t index = 0; index < EventQueue::kCapacity + 3; ++index) {
    queue.push({0, Clock::now(), 0U, nvml::kEventXid, index, {}, {}});
  }
  const auto events = queue.take();
  ASSERT_EQ(events.size(), EventQueue::kCapacity);
  EXPECT_EQ(events.front().sequence, 4U);
  EXPECT_EQ(events.back().sequence, EventQueue::kCapacity + 3);
  EXPECT_EQ(queue.dropped(), 3U);
  EXPECT_TRUE(queue.take().empty());
}

}  // namespace
}  // namespace gpu_health
