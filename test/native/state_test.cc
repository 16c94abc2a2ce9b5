#include "simulator/state.h"

#include <set>

#include "support.h"

namespace gpu_health::simulator {
namespace {

using namespace std::chrono_literals;
using test::writeFile;

State parse(const std::string& text) { return makeState(readConf(writeFile("state.conf", text)), SIMULATOR_MODELS); }

std::string errorOf(const std::string& text) {
  try {
    parse(text);
  } catch (const ConfError& error) {
    return error.what();
  }
  return "no error";
}

constexpr std::uint64_t kMiB = 1U << 20U;

TEST(State, IsOneH200WithoutSettings) {
  const State state = makeState({}, SIMULATOR_MODELS);
  ASSERT_EQ(state.gpus.size(), 1U);
  EXPECT_EQ(state.gpus[0].name, "NVIDIA H200");
  EXPECT_EQ(state.gpus[0].totalBytes, 143'771 * kMiB);
}

TEST(State, KnowsEveryModel) {
  for (const char* model : {"h200", "h100", "a100", "l4", "rtx4090"}) {
    const Gpu gpu = parse(std::string("model = ") + model).gpus.at(0);
    EXPECT_FALSE(gpu.name.empty());
    EXPECT_GT(gpu.totalBytes, gpu.reservedBytes) << model;
    EXPECT_GT(gpu.reservedBytes, 0U) << model;
    EXPECT_LT(gpu.powerMilliwatts, gpu.powerLimitMilliwatts) << model;
    for (unsigned type = 0; type < nvml::kClockTypeCount; ++type) {
      EXPECT_GT(gpu.clockMhz[type], 0U) << model;
      EXPECT_GE(gpu.maxClockMhz[type], gpu.clockMhz[type]) << model;
    }
  }
}

TEST(State, GivesEachGpuIdsOfItsOwnThatStayTheSame) {
  const State state = parse("model = h100\ncount = 64");
  const State again = parse("model = h100\ncount = 64");
  std::set<std::string> uuids;
  std::set<std::string> busIds;
  for (unsigned index = 0; index < 64; ++index) {
    uuids.insert(state.gpus[index].uuid);
    busIds.insert(state.gpus[index].busId());
    EXPECT_EQ(state.gpus[index].uuid, again.gpus[index].uuid);
  }
  EXPECT_EQ(uuids.size(), 64U);
  EXPECT_EQ(busIds.size(), 64U);
  EXPECT_EQ(uuids.begin()->size(), 40U);
  EXPECT_EQ(state.gpus[9].busId(), "00000001:2B:00.0");
}

TEST(State, LaterLinesWin) {
  const State state = parse("count = 2\ngpu.*.temperature = 60\ngpu.1.temperature = 88\ngpu.1.power = 650000");
  EXPECT_EQ(state.gpus[0].thermal.gpuCelsius, 60);
  EXPECT_EQ(state.gpus[1].thermal.gpuCelsius, 88);
  EXPECT_EQ(state.gpus[1].powerMilliwatts, 650'000U);
}

TEST(State, FreeMemorySetsUsedMemory) {
  const Gpu gpu = parse("gpu.0.memory.free = 300MiB").gpus[0];
  EXPECT_EQ(gpu.freeBytes(), 300 * kMiB);
  EXPECT_EQ(gpu.totalBytes, gpu.usedBytes + gpu.reservedBytes + 300 * kMiB);
}

TEST(State, FaultsMatchTheFunctionAndTheGpu) {
  const State state = parse(
      "count = 4\nreturn.nvmlInit_v2 = 9\ngpu.2.lost = true\n"
      "gpu.3.return.* = 15\ngpu.3.return.nvmlDeviceGetMemoryInfo_v2 = 999\n"
      "gpu.1.latency.* = 200ms\ngpu.1.hang.nvmlDeviceGetUUID = true");
  EXPECT_EQ(state.fault("nvmlInit_v2", std::nullopt), 9);
  EXPECT_EQ(state.fault("nvmlInit", std::nullopt), 0);
  EXPECT_EQ(state.fault("nvmlDeviceGetName", 2), nvml::kGpuIsLost);
  EXPECT_EQ(state.fault("nvmlDeviceGetName", 0), 0);
  EXPECT_EQ(state.fault("nvmlDeviceGetName", 3), 15);
  EXPECT_EQ(state.fault("nvmlDeviceGetMemoryInfo_v2", 3), 999);
  EXPECT_EQ(state.fault("nvmlDeviceGetName", 4), nvml::kGpuIsLost);
  EXPECT_EQ(state.latency("nvmlDeviceGetName", 1), 200ms);
  EXPECT_EQ(state.latency("nvmlDeviceGetName", 0), 0ms);
  EXPECT_TRUE(state.hangs("nvmlDeviceGetUUID", 1));
  EXPECT_FALSE(state.hangs("nvmlDeviceGetUUID", 0));
  EXPECT_FALSE(state.hangs("nvmlDeviceGetName", 1));
}

TEST(State, ALaterRuleTakesAFaultBack) {
  const State state = parse("gpu.0.hang.* = true\ngpu.0.return.* = 15\ngpu.0.hang.* = false\ngpu.0.return.* = 0");
  EXPECT_FALSE(state.hangs("nvmlDeviceGetName", 0));
  EXPECT_EQ(state.fault("nvmlDeviceGetName", 0), 0);
}

TEST(State, AGlobalHangIsChosenByName) {
  EXPECT_TRUE(parse("hang.mode = global").hangsHoldLibrary);
  EXPECT_FALSE(parse("hang.mode = call").hangsHoldLibrary);
}

TEST(State, NamesTheLineOfAMistake) {
  EXPECT_NE(errorOf("model = h200\ncount = 65").find("state.conf:2: count: 65 is more than 64"), std::string::npos);
  for (const char* bad : {"model = h300", "count = two", "gpu.1.power = 1", "gpu.x.power = 1", "gpu.power = 1",
                          "gpu.0.speed = 1", "speed = 1", "gpu.0.memory.used = 150000MiB", "gpu.0.memory.free = 1TiB",
                          "gpu.0.utilization.gpu = 101", "gpu.0.hang.cudaMalloc = true", "hang.mode = some"}) {
    EXPECT_NE(errorOf(bad).find("state.conf:1: "), std::string::npos) << bad << ": " << errorOf(bad);
  }
}

TEST(State, TakesAModelFileByItsPath) {
  const std::string model = writeFile("mine.conf", "name = My GPU\nmemory.total = 8GiB\n");
  const Gpu gpu = parse("model = " + model).gpus[0];
  EXPECT_EQ(gpu.name, "My GPU");
  EXPECT_EQ(gpu.freeBytes(), 8192 * kMiB);
}

}  // namespace
}  // namespace gpu_health::simulator
