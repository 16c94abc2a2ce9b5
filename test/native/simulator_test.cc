#include <future>

#include "simulator_fixture.h"

namespace gpu_health {
namespace {

using nvml::Device;

class SimulatorTest : public test::SimulatorFixture {
 protected:
  std::uint64_t freeBytes(Device handle) {
    nvml::MemoryV2 memory{nvml::kMemoryV2Version, 0, 0, 0, 0};
    EXPECT_EQ(functions().deviceGetMemoryInfoV2.address(handle, &memory), nvml::kSuccess);
    EXPECT_EQ(memory.totalBytes, memory.usedBytes + memory.reservedBytes + memory.freeBytes);
    return memory.freeBytes;
  }
};

TEST_F(SimulatorTest, AnswersNothingBeforeInitAndAfterShutdown) {
  unsigned count = 0;
  EXPECT_EQ(functions().deviceGetCount.address(&count), nvml::kUninitialized);
  EXPECT_EQ(functions().shutdown.address(), nvml::kUninitialized);
  ASSERT_EQ(init(), nvml::kSuccess);
  ASSERT_EQ(init(), nvml::kSuccess);
  EXPECT_EQ(functions().shutdown.address(), nvml::kSuccess);
  EXPECT_EQ(functions().deviceGetCount.address(&count), nvml::kSuccess) << "initialisations are counted";
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(functions().shutdown.address(), nvml::kSuccess);
  EXPECT_EQ(functions().deviceGetCount.address(&count), nvml::kUninitialized);
}

TEST_F(SimulatorTest, ChecksItsArguments) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(0);
  nvml::MemoryV2 memory{nvml::kMemoryV2Version + 1, 0, 0, 0, 0};
  EXPECT_EQ(functions().deviceGetMemoryInfoV2.address(handle, &memory), nvml::kArgumentVersionMismatch);
  nvml::Temperature temperature{};
  EXPECT_EQ(functions().deviceGetTemperatureV.address(handle, &temperature), nvml::kArgumentVersionMismatch);
  char uuid[8];
  EXPECT_EQ(functions().deviceGetUuid.address(handle, uuid, sizeof uuid), nvml::kInsufficientSize);
  EXPECT_EQ(functions().deviceGetMemoryInfo.address(handle, nullptr), nvml::kInvalidArgument);
  nvml::Memory old{};
  EXPECT_EQ(functions().deviceGetMemoryInfo.address(nullptr, &old), nvml::kInvalidArgument);
  unsigned value = 0;
  EXPECT_EQ(functions().deviceGetClockInfo.address(handle, 99, &value), nvml::kInvalidArgument);
  Device none = nullptr;
  EXPECT_EQ(functions().deviceGetHandleByIndex.address(2, &none), nvml::kInvalidArgument);
}

TEST_F(SimulatorTest, TheOldMemoryCallCountsReservedMemoryAsUsed) {
  ASSERT_EQ(init(), nvml::kSuccess);
  nvml::Memory memory{};
  ASSERT_EQ(functions().deviceGetMemoryInfo.address(device(0), &memory), nvml::kSuccess);
  EXPECT_EQ(memory.totalBytes, memory.usedBytes + memory.freeBytes);
  EXPECT_EQ(memory.freeBytes, freeBytes(device(0)));
}

TEST_F(SimulatorTest, FollowsItsStateFile) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(1);
  state.write("model = h100\ncount = 2\ngpu.1.memory.free = 300MiB\n");
  EXPECT_EQ(freeBytes(handle), 300U << 20U);
  state.write("model = h100\ncount = 2\ngpu.1.lost = true\n");
  unsigned milliwatts = 0;
  EXPECT_EQ(functions().deviceGetPowerUsage.address(handle, &milliwatts), nvml::kGpuIsLost);
  state.write("model = h100\ncount = 1\n");
  EXPECT_EQ(functions().deviceGetPowerUsage.address(handle, &milliwatts), nvml::kGpuIsLost);
}

TEST_F(SimulatorTest, KeepsTheLastGoodStateAndReportsAMistakeOnce) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(0);
  state.write("model = h100\ngpu.0.memory.free = 300MiB\n");
  EXPECT_EQ(freeBytes(handle), 300U << 20U);
  ::testing::internal::CaptureStderr();
  state.write("model = h100\ngpu.0.memory.free = lots\n");
  EXPECT_EQ(freeBytes(handle), 300U << 20U);
  EXPECT_EQ(freeBytes(handle), 300U << 20U);
  const std::string report = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(report.find("state.conf:2: gpu.0.memory.free"), std::string::npos) << report;
  EXPECT_EQ(report.find('\n'), report.size() - 1) << report;
}

TEST_F(SimulatorTest, DoesNotStartFromAStateThatIsWrong) {
  ::testing::internal::CaptureStderr();
  state.write("model = none\n");
  EXPECT_EQ(init(), nvml::kUnknown);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("state.conf:1"), std::string::npos);
  state.write("model = l4\n");
  EXPECT_EQ(init(), nvml::kSuccess);
}

TEST_F(SimulatorTest, AHangEndsWhenTheStateSaysSo) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(0);
  state.write("model = h100\ngpu.0.hang.nvmlDeviceGetPowerUsage = true\n");
  auto hanging = std::async(std::launch::async, [&] {
    unsigned milliwatts = 0;
    return functions().deviceGetPowerUsage.address(handle, &milliwatts);
  });
  EXPECT_GT(freeBytes(handle), 0U) << "other calls go on";
  EXPECT_EQ(hanging.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  state.write("model = h100\ngpu.0.return.nvmlDeviceGetPowerUsage = 15\n");
  EXPECT_EQ(hanging.get(), nvml::kGpuIsLost);
}

TEST_F(SimulatorTest, ASlowCallEndsAsSoonAsTheStateLetsIt) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(0);
  unsigned milliwatts = 0;
  state.write("model = h100\ngpu.0.latency.nvmlDeviceGetPowerUsage = 60ms\n");
  const auto startedAt = std::chrono::steady_clock::now();
  EXPECT_EQ(functions().deviceGetPowerUsage.address(handle, &milliwatts), nvml::kSuccess);
  EXPECT_GE(std::chrono::steady_clock::now() - startedAt, std::chrono::milliseconds(60));
  state.write("model = h100\ngpu.0.latency.* = 86400s\n");
  auto slow = std::async(std::launch::async, [&] {
    unsigned value = 0;
    return functions().deviceGetPowerUsage.address(handle, &value);
  });
  EXPECT_EQ(slow.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  state.write("model = h100\n");
  EXPECT_EQ(slow.get(), nvml::kSuccess);
}

TEST_F(SimulatorTest, AGlobalHangHoldsEveryCall) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(0);
  state.write("model = h100\nhang.mode = global\ngpu.0.hang.nvmlDeviceGetPowerUsage = true\n");
  auto hanging = std::async(std::launch::async, [&] {
    unsigned milliwatts = 0;
    return functions().deviceGetPowerUsage.address(handle, &milliwatts);
  });
  EXPECT_EQ(hanging.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  auto waiting = std::async(std::launch::async, [&] { return freeBytes(handle); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  state.write("model = h100\n");
  EXPECT_EQ(hanging.get(), nvml::kSuccess);
  EXPECT_GT(waiting.get(), 0U);
}

}  // namespace
}  // namespace gpu_health
