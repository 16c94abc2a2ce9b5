// How a sampler goes on when the driver, its library or a GPU goes away and comes back.
#include <filesystem>

#include "sampler_support.h"

namespace gpu_health {
namespace {

using namespace std::chrono_literals;
using test::areFresh;
using test::eventually;
using test::hangs;
using test::isReady;
using test::options;
using test::sequence;
using test::StateFile;

class Restart : public ::testing::Test {
 protected:
  void start(const std::string& settings) {
    state.write(settings);
    sampler.emplace(options());
    ASSERT_TRUE(eventually([&] { return isReady(*sampler); }));
  }

  nvml::Return handleCode(unsigned index) {
    const auto gpus = sampler->status().gpus;
    return index < gpus.size() ? gpus[index].handleCode : nvml::kNotReady;
  }

  std::string uuid(unsigned index) {
    const auto identity = sampler->status().gpus.at(index).identity;
    return identity ? std::get<std::string>(identity->uuid) : "";
  }

  StateFile state{""};
  std::optional<Sampler> sampler;
};

TEST_F(Restart, AReloadedDriverIsInitialisedAgain) {
  start("count = 2\n");
  EXPECT_EQ(sampler->status().generation, 1U);
  const TimePoint loadedAt = sampler->status().driverLoadedAt;
  state.write("count = 2\ndriver.generation = 2\n");
  ASSERT_TRUE(eventually([&] { return sampler->status().generation == 2; }));
  EXPECT_GT(sampler->status().driverLoadedAt, loadedAt);
  EXPECT_TRUE(areFresh(*sampler, {0, 1}));
  EXPECT_TRUE(eventually([&] {
    const auto snapshot = sampler->status().gpus[1].snapshot;
    return std::holds_alternative<MemoryReading>(snapshot->memory);
  }));
  EXPECT_EQ(sampler->stop(), 0U);
}

TEST_F(Restart, AnUpgradedDriversLibraryIsLoadedAgain) {
  start("count = 2\ndriver_version = 580\n");
  state.write("count = 2\ndriver_version = 590\ndriver.generation = 2\n");
  ASSERT_TRUE(eventually([&] { return sampler->status().generation == 2; }));
  EXPECT_EQ(std::get<std::string>(sampler->status().driverVersion), "590");
  EXPECT_TRUE(areFresh(*sampler, {0, 1}));
  EXPECT_FALSE(sampler->status().error);
}

TEST_F(Restart, AnUnloadedDriverIsWaitedFor) {
  start("count = 2\n");
  const TimePoint loadedAt = sampler->status().driverLoadedAt;
  state.write("count = 2\ndriver.loaded = false\n");
  ASSERT_TRUE(eventually([&] { return sampler->status().phase == Phase::kFailed; }));
  EXPECT_EQ(sampler->status().error->code, nvml::kDriverNotLoaded);
  EXPECT_EQ(sampler->status().gpus.size(), 2U) << "those that were there stay in the list";
  EXPECT_TRUE(eventually([&] { return handleCode(1) == nvml::kDriverNotLoaded; }));
  state.write("count = 2\ndriver.generation = 2\n");
  ASSERT_TRUE(eventually([&] { return isReady(*sampler); }));
  EXPECT_GT(sampler->status().driverLoadedAt, loadedAt);
  EXPECT_TRUE(areFresh(*sampler, {0, 1}));
  EXPECT_EQ(handleCode(1), nvml::kSuccess);
}

TEST_F(Restart, StopsWhileTheDriverIsUnloaded) {
  start("count = 2\n");
  state.write("count = 2\ndriver.loaded = false\n");
  ASSERT_TRUE(eventually([&] { return sampler->status().phase == Phase::kFailed; }));
  EXPECT_EQ(sampler->stop(), 0U);
}

TEST_F(Restart, AGpuThatIsLostUntilThenComesBack) {
  start("count = 2\n");
  const TimePoint loadedAt = sampler->status().driverLoadedAt;
  state.write("count = 2\ngpu.1.lost = until_init\n");
  ASSERT_TRUE(eventually([&] { return handleCode(1) == nvml::kGpuIsLost; }));
  state.write("count = 2\n");
  EXPECT_TRUE(areFresh(*sampler, {0, 1}));
  EXPECT_EQ(handleCode(1), nvml::kSuccess);
  EXPECT_GT(sampler->status().generation, 1U);
  EXPECT_EQ(sampler->status().driverLoadedAt, loadedAt) << "it was for the GPU's sake";
}

TEST_F(Restart, AGpuThatIsGoneLeavesTheOthersTheirPlaces) {
  start("count = 3\n");
  ASSERT_TRUE(eventually([&] { return sequence(*sampler, 2) > 0; }));
  const std::string first = uuid(1);
  const std::string last = uuid(2);
  state.write("count = 3\ngpu.1.absent = true\n");
  ASSERT_TRUE(eventually([&] { return handleCode(1) == nvml::kGpuNotFound; }));
  EXPECT_TRUE(areFresh(*sampler, {0, 2})) << "although NVML counts the last one as the second now";
  EXPECT_EQ(uuid(2), last);
  EXPECT_EQ(sampler->status().gpus.size(), 3U);
  state.write("count = 3\n");
  EXPECT_TRUE(areFresh(*sampler, {0, 1, 2}));
  EXPECT_EQ(handleCode(1), nvml::kSuccess);
  EXPECT_EQ(uuid(1), first);
}

TEST_F(Restart, AGpuThatWasNotThereAtFirstIsAdded) {
  start("count = 3\ngpu.1.absent = true\n");
  ASSERT_EQ(sampler->status().gpus.size(), 2U);
  ASSERT_TRUE(eventually([&] { return sequence(*sampler, 1) > 0; }));
  const std::string second = uuid(1);
  state.write("count = 3\ndriver.generation = 2\n");
  ASSERT_TRUE(eventually([&] { return sampler->status().gpus.size() == 3; }));
  EXPECT_TRUE(areFresh(*sampler, {0, 1, 2}));
  EXPECT_EQ(uuid(1), second) << "it keeps its index, although NVML counts it as the third now";
  EXPECT_NE(uuid(2), second);
}

TEST_F(Restart, WaitsForACallThatHangs) {
  start("count = 3\n");
  state.write("count = 3\ngpu.2.hang.* = true\n");
  ASSERT_TRUE(eventually([&] { return hangs(*sampler, 2); }));
  std::this_thread::sleep_for(300ms);  // Until the call is slow by what the supervisor says.
  state.write("count = 3\ngpu.2.hang.* = true\ngpu.0.lost = until_init\n");
  ASSERT_TRUE(eventually([&] {
    const auto snapshot = sampler->status().gpus[0].snapshot;
    return std::holds_alternative<Absent>(snapshot->memory);
  }));
  EXPECT_TRUE(areFresh(*sampler, {0, 1})) << "nobody waits for it";
  EXPECT_EQ(sampler->status().generation, 1U);
  state.write("count = 3\n");
  EXPECT_TRUE(eventually([&] { return sampler->status().generation > 1; }));
  EXPECT_TRUE(areFresh(*sampler, {0, 1, 2}));
  EXPECT_EQ(sampler->stop(), 0U);
}

TEST_F(Restart, LoadsTheLibraryThatIsThereByThen) {
  const std::string link = test::testFile("libnvidia-ml.so.1");
  std::filesystem::create_symlink(OLD_SIMULATOR_LIBRARY, link);
  state.write("driver_version = 1\n");
  sampler.emplace(options(link));
  ASSERT_TRUE(eventually([&] { return sequence(*sampler, 0) > 0; }));
  EXPECT_EQ(std::get<Absent>(sampler->status().gpus[0].snapshot->temperatureMarginCelsius).code,
            nvml::kFunctionNotFound);
  std::filesystem::remove(link);
  std::filesystem::create_symlink(SIMULATOR_LIBRARY, link);
  state.write("driver_version = 2\ndriver.generation = 2\n");
  ASSERT_TRUE(eventually([&] { return sampler->status().generation == 2; }));
  EXPECT_TRUE(areFresh(*sampler, {0}));
  EXPECT_TRUE(std::holds_alternative<std::int32_t>(sampler->status().gpus[0].snapshot->temperatureMarginCelsius));
  EXPECT_EQ(sampler->stop(), 0U);
  std::filesystem::remove(link);
}

TEST_F(Restart, WaitsForALibraryThatIsBeingReplaced) {
  const std::string link = test::testFile("libnvidia-ml.so.1");
  std::filesystem::create_symlink(SIMULATOR_LIBRARY, link);
  // By its path: beside a library that is gone there is no model.
  const std::string model = "model = " SIMULATOR_MODELS "/h200.conf\n";
  state.write(model + "driver_version = 1\n");
  sampler.emplace(options(link));
  ASSERT_TRUE(eventually([&] { return sequence(*sampler, 0) > 0; }));
  std::filesystem::remove(link);
  state.write(model + "driver_version = 2\n");
  ASSERT_TRUE(eventually([&] {
    const auto error = sampler->status().error;
    return error && error->reason == OpenError::Reason::kLibraryNotFound;
  }));
  std::filesystem::create_symlink(SIMULATOR_LIBRARY, link);
  EXPECT_TRUE(areFresh(*sampler, {0}));
  EXPECT_TRUE(isReady(*sampler));
  std::filesystem::remove(link);
}

TEST_F(Restart, OneCodeInASampleIsNoReason) {
  start("count = 1\n");
  state.write("gpu.0.return.nvmlDeviceGetPowerUsage = 16\n");
  EXPECT_TRUE(areFresh(*sampler, {0}));
  EXPECT_TRUE(areFresh(*sampler, {0}));
  EXPECT_EQ(sampler->status().generation, 1U) << "a reset that is required is not in NVML's hands";
}

}  // namespace
}  // namespace gpu_health
