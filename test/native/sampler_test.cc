#include "sampler/sampler.h"

#include <atomic>
#include <filesystem>

#include "sampler_support.h"

namespace gpu_health {
namespace {

using namespace std::chrono_literals;
using test::areFresh;
using test::eventually;
using test::hangs;
using test::isIn;
using test::isReady;
using test::options;
using test::sequence;
using test::StateFile;

std::ptrdiff_t threadCount() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

TEST(Sampler, SamplesEveryGpu) {
  const StateFile state("model = h200\ncount = 8\ngpu.3.memory.free = 300MiB\ngpu.3.temperature = 88\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return isReady(sampler); }));
  const SamplerStatus status = sampler.status();
  EXPECT_TRUE(status.simulated);
  EXPECT_EQ(std::get<std::string>(status.driverVersion), "580.95.05");
  EXPECT_EQ(std::get<int>(status.cudaDriverVersion), 13000);
  ASSERT_EQ(status.gpus.size(), 8U);
  ASSERT_TRUE(eventually([&] { return sequence(sampler, 3) > 0; }));
  const GpuStatus gpu = sampler.status().gpus[3];
  EXPECT_EQ(gpu.index, 3U);
  EXPECT_EQ(gpu.handleCode, nvml::kSuccess);
  EXPECT_EQ(std::get<std::string>(gpu.identity->name), "NVIDIA H200");
  EXPECT_EQ(std::get<std::string>(gpu.identity->pciBusId), "00000000:4B:00.0");
  EXPECT_EQ(std::get<MemoryReading>(gpu.snapshot->memory).freeBytes, 300U << 20U);
  EXPECT_EQ(std::get<std::int32_t>(gpu.snapshot->temperatureCelsius), 88);
  EXPECT_EQ(sampler.stop(), 0U);
}

TEST(Sampler, WorksOnAnOldDriver) {
  const StateFile state("model = a100\ngpu.0.memory.used = 1GiB\n");
  Sampler sampler(options(OLD_SIMULATOR_LIBRARY));
  ASSERT_TRUE(eventually([&] { return sequence(sampler, 0) > 0; }));
  const GpuStatus gpu = sampler.status().gpus[0];
  const auto memory = std::get<MemoryReading>(gpu.snapshot->memory);
  EXPECT_EQ(memory.usedBytes, std::uint64_t{1024 + 869} << 20U) << "includes what is reserved";
  EXPECT_EQ(std::get<Absent>(memory.reservedBytes).code, nvml::kFunctionNotFound);
  EXPECT_EQ(std::get<std::int32_t>(gpu.snapshot->temperatureCelsius), 30);
  EXPECT_EQ(std::get<std::string>(gpu.identity->pciBusId), "0000:1B:00.0");
}

TEST(Sampler, SaysWhyALibraryCannotBeUsed) {
  Sampler missing(options("/nowhere/libnvidia-ml.so.1"));
  ASSERT_TRUE(eventually([&] { return missing.status().phase == Phase::kFailed; }));
  EXPECT_EQ(missing.status().error->reason, OpenError::Reason::kLibraryNotFound);
  Sampler invalid(options("libm.so.6"));
  ASSERT_TRUE(eventually([&] { return invalid.status().phase == Phase::kFailed; }));
  EXPECT_EQ(invalid.status().error->reason, OpenError::Reason::kLibraryInvalid);
  EXPECT_EQ(invalid.stop(), 0U);
}

TEST(Sampler, SaysWhyNvmlDoesNotStart) {
  const StateFile state("return.nvmlInit_v2 = 9\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return sampler.status().phase == Phase::kFailed; }));
  const OpenError error = *sampler.status().error;
  EXPECT_EQ(error.reason, OpenError::Reason::kInitFailed);
  EXPECT_EQ(error.code, 9);
  EXPECT_NE(error.message.find("NVML_ERROR_DRIVER_NOT_LOADED (9)"), std::string::npos) << error.message;
  EXPECT_EQ(sampler.stop(), 0U);
}

TEST(Sampler, StartsWhenTheDriverComesLater) {
  StateFile state("return.nvmlInit_v2 = 9\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return sampler.status().phase == Phase::kFailed; }));
  state.write("model = l4\n");
  ASSERT_TRUE(eventually([&] { return isReady(sampler); }));
  EXPECT_FALSE(sampler.status().error);
  EXPECT_EQ(sampler.status().gpus.size(), 1U);
}

TEST(Sampler, RetriesAHandleThatCannotBeHad) {
  StateFile state("count = 2\ngpu.1.return.nvmlDeviceGetHandleByIndex_v2 = 4\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return isReady(sampler); }));
  EXPECT_EQ(sampler.status().gpus[1].handleCode, 4);
  EXPECT_FALSE(sampler.status().gpus[1].identity);
  state.write("count = 2\n");
  ASSERT_TRUE(eventually([&] { return sequence(sampler, 1) > 0; }));
  EXPECT_EQ(sampler.status().gpus[1].handleCode, nvml::kSuccess);
}

TEST(Sampler, AsksAgainForAnIdentityThatFailed) {
  StateFile state("gpu.0.return.nvmlDeviceGetUUID = 999\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return sequence(sampler, 0) > 0; }));
  EXPECT_EQ(std::get<Absent>(sampler.status().gpus[0].identity->uuid).code, 999);
  state.write("model = h200\n");
  EXPECT_TRUE(eventually([&] {
    return std::holds_alternative<std::string>(sampler.status().gpus[0].identity->uuid);
  }));
}

TEST(Sampler, ALostGpuStaysInTheListWithItsReason) {
  StateFile state("count = 2\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return isReady(sampler); }));
  state.write("count = 2\ngpu.1.lost = true\n");
  ASSERT_TRUE(eventually([&] {
    const auto snapshot = sampler.status().gpus[1].snapshot;
    const auto* absent = std::get_if<Absent>(&snapshot->memory);
    return absent && absent->code == nvml::kGpuIsLost;
  }));
  ASSERT_TRUE(eventually([&] { return sampler.status().gpus[1].handleCode == nvml::kGpuIsLost; }))
      << "it has no handle after NVML was initialised again";
  EXPECT_EQ(sampler.status().generation, 2U);
  EXPECT_TRUE(areFresh(sampler, {0}));
  state.write("count = 2\n");
  EXPECT_TRUE(areFresh(sampler, {0, 1})) << "it came back";
  EXPECT_EQ(sampler.status().gpus[1].handleCode, nvml::kSuccess);
}

TEST(Sampler, AHungGpuLeavesTheOthersFreshAndRecovers) {
  StateFile state("count = 4\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return isReady(sampler); }));
  state.write("count = 4\ngpu.2.hang.nvmlDeviceGetUtilizationRates = true\n");
  ASSERT_TRUE(eventually([&] { return isIn(sampler, 2, "nvmlDeviceGetUtilizationRates") && hangs(sampler, 2); }));
  const std::uint64_t stalledAt = sequence(sampler, 2);
  EXPECT_TRUE(areFresh(sampler, {0, 1, 3}));
  EXPECT_EQ(sequence(sampler, 2), stalledAt);
  state.write("count = 4\n");
  EXPECT_TRUE(areFresh(sampler, {2}));
  EXPECT_EQ(sampler.stop(), 0U);
}

TEST(Sampler, AGpuThatHangsFromTheStartDoesNotKeepTheOthersWaiting) {
  StateFile state("count = 3\ngpu.0.hang.* = true\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return isReady(sampler); }));
  EXPECT_EQ(sampler.status().gpus[0].handleCode, nvml::kNotReady);
  EXPECT_TRUE(eventually([&] { return isIn(sampler, 0, "nvmlDeviceGetHandleByIndex_v2"); }));
  EXPECT_TRUE(areFresh(sampler, {1, 2}));
  state.write("count = 3\n");
  EXPECT_TRUE(areFresh(sampler, {0}));
}

TEST(Sampler, StopLeavesHungThreadsBehindAndCountsThem) {
  StateFile state("count = 4\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return isReady(sampler); }));
  state.write("count = 4\ngpu.1.hang.* = true\ngpu.3.hang.* = true\n");
  ASSERT_TRUE(eventually([&] { return hangs(sampler, 1) && hangs(sampler, 3); }));
  EXPECT_EQ(sampler.stop(), 2U);
  EXPECT_EQ(sampler.stop(), 2U) << "the same when asked again";
  state.write("count = 4\n");
  EXPECT_TRUE(eventually([] { return threadCount() <= 2; })) << "a late return ends the thread";
}

TEST(Sampler, StopDoesNotWaitForAHungInit) {
  StateFile state("hang.nvmlInit_v2 = true\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] {
    const auto call = sampler.status().call;
    return call && std::string(call->function) == "nvmlInit_v2";
  }));
  EXPECT_EQ(sampler.status().phase, Phase::kOpening);
  EXPECT_EQ(sampler.stop(), 1U);
  state.write("model = h200\n");
  EXPECT_TRUE(eventually([] { return threadCount() <= 2; }));
}

TEST(Sampler, StopDoesNotWaitForAHungShutdown) {
  StateFile state("hang.nvmlShutdown = true\n");
  Sampler sampler(options());
  ASSERT_TRUE(eventually([&] { return isReady(sampler); }));
  EXPECT_EQ(sampler.stop(), 1U);
  state.write("model = h200\n");
  EXPECT_TRUE(eventually([] { return threadCount() <= 2; }));
}

TEST(Sampler, TwoSamplersShareTheLibrary) {
  const StateFile state("count = 2\n");
  Sampler first(options());
  {
    Sampler second(options());
    ASSERT_TRUE(eventually([&] { return isReady(first) && isReady(second); }));
  }
  EXPECT_TRUE(areFresh(first, {0, 1}));
}

TEST(Sampler, AnnouncesChangesTogetherAndNoneAfterStop) {
  const StateFile state("count = 8\n");
  std::atomic<int> announced{0};
  SamplerOptions eachTick = options();
  eachTick.interval = 50ms;
  eachTick.onChange = [&] { ++announced; };
  Sampler sampler(std::move(eachTick));
  ASSERT_TRUE(eventually([&] { return sequence(sampler, 7) >= 5; }));
  sampler.stop();
  const int total = announced;
  std::uint64_t samples = 0;
  for (unsigned index = 0; index < 8; ++index) samples += sequence(sampler, index);
  EXPECT_GT(total, 0);
  EXPECT_LT(static_cast<std::uint64_t>(total), samples) << "fewer announcements than samples";
  std::this_thread::sleep_for(60ms);
  EXPECT_EQ(announced, total);
}

TEST(Sampler, StartAndStopLeaveNothingBehind) {
  const StateFile state("count = 4\n");
  ASSERT_TRUE(eventually([sampler = std::make_shared<Sampler>(options())] { return isReady(*sampler); }));
  // Counted after one cycle: a sanitizer starts a thread of its own with the program's first.
  const std::ptrdiff_t threads = threadCount();
  for (int cycle = 0; cycle < 200; ++cycle) {
    Sampler sampler(options());
    if (cycle % 2 == 0) {
      ASSERT_TRUE(eventually([&] { return isReady(sampler); }));
    }
    EXPECT_EQ(sampler.stop(), 0U);
  }
  // The kernel lists a thread for a moment after it was joined.
  EXPECT_TRUE(eventually([&] { return threadCount() <= threads; }));
}

}  // namespace
}  // namespace gpu_health
