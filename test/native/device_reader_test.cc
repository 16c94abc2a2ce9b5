#include "sampler/device_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>

namespace gpu_health {
namespace {

using nvml::Device;
using nvml::Return;

// The functions below stand for a driver: what each returns, and how often it was called.
std::map<std::string, Return> codes;
std::map<std::string, int> calls;

Return answer(const char* function) {
  ++calls[function];
  return codes[function];
}

Return memoryV2(Device, nvml::MemoryV2* memory) {
  if (const Return code = answer("memoryV2")) return code;
  if (memory->version != nvml::kMemoryV2Version) return nvml::kArgumentVersionMismatch;
  *memory = {memory->version, 1000, 100, 600, 300};
  return nvml::kSuccess;
}

Return memoryV1(Device, nvml::Memory* memory) {
  *memory = {1000, 600, 400};
  return answer("memoryV1");
}

Return utilization(Device, nvml::Utilization* value) {
  *value = {97, 41};
  return answer("utilization");
}

Return temperatureV(Device, nvml::Temperature* value) {
  if (value->version != nvml::kTemperatureVersion) return nvml::kArgumentVersionMismatch;
  value->celsius = -4;
  return answer("temperatureV");
}

Return temperature(Device, unsigned, unsigned* celsius) {
  *celsius = 71;
  return answer("temperature");
}

Return power(Device, unsigned* milliwatts) {
  *milliwatts = 650'000;
  return answer("power");
}

Return clockInfo(Device, unsigned type, unsigned* megahertz) {
  *megahertz = 1000 + type;
  return answer(("clock" + std::to_string(type)).c_str());
}

Return uuid(Device, char* text, unsigned bytes) {
  std::memset(text, 'u', bytes);  // No terminating zero.
  return answer("uuid");
}

Return legacyPciInfo(Device, nvml::PciInfo* info) {
  std::strcpy(info->busIdLegacy, "0000:1B:00.0");
  return answer("pci");
}

nvml::Functions allFunctions() {
  nvml::Functions functions;
  functions.deviceGetMemoryInfoV2 = {"nvmlDeviceGetMemoryInfo_v2", memoryV2};
  functions.deviceGetMemoryInfo = {"nvmlDeviceGetMemoryInfo", memoryV1};
  functions.deviceGetUtilizationRates = {"nvmlDeviceGetUtilizationRates", utilization};
  functions.deviceGetTemperatureV = {"nvmlDeviceGetTemperatureV", temperatureV};
  functions.deviceGetTemperature = {"nvmlDeviceGetTemperature", temperature};
  functions.deviceGetPowerUsage = {"nvmlDeviceGetPowerUsage", power};
  functions.deviceGetClockInfo = {"nvmlDeviceGetClockInfo", clockInfo};
  functions.deviceGetUuid = {"nvmlDeviceGetUUID", uuid};
  functions.deviceGetPciInfo = {"nvmlDeviceGetPciInfo_v2", legacyPciInfo};
  return functions;
}

class DeviceReaderTest : public ::testing::Test {
 protected:
  DeviceReaderTest() {
    codes.clear();
    calls.clear();
  }

  nvml::Functions functions = allFunctions();
  Signals signals;
  CallWatch watch{signals};
  DeviceReader reader{functions, watch, nullptr};
};

template <class T>
Return codeOf(const Reading<T>& reading) {
  const auto* absent = std::get_if<Absent>(&reading);
  return absent ? absent->code : nvml::kSuccess;
}

TEST_F(DeviceReaderTest, ReadsEveryValue) {
  const Snapshot snapshot = reader.sample(1);
  const auto& memory = std::get<MemoryReading>(snapshot.memory);
  EXPECT_EQ(memory.totalBytes, 1000U);
  EXPECT_EQ(memory.usedBytes, 300U);
  EXPECT_EQ(std::get<std::uint64_t>(memory.reservedBytes), 100U);
  EXPECT_EQ(memory.freeBytes, 600U);
  EXPECT_EQ(std::get<nvml::Utilization>(snapshot.utilization).gpuPercent, 97U);
  EXPECT_EQ(std::get<nvml::Utilization>(snapshot.utilization).memoryPercent, 41U);
  EXPECT_EQ(std::get<std::int32_t>(snapshot.temperatureCelsius), -4);
  EXPECT_EQ(std::get<std::uint32_t>(snapshot.powerMilliwatts), 650'000U);
  EXPECT_EQ(std::get<std::uint32_t>(snapshot.graphicsClockMhz), 1000U);
  EXPECT_EQ(std::get<std::uint32_t>(snapshot.smClockMhz), 1001U);
  EXPECT_EQ(std::get<std::uint32_t>(snapshot.memoryClockMhz), 1002U);
  EXPECT_LE(snapshot.startedAt, snapshot.completedAt);
  EXPECT_EQ(snapshot.sequence, 1U);
}

TEST_F(DeviceReaderTest, AFunctionThatTheLibraryLacksIsAbsent) {
  EXPECT_EQ(codeOf(reader.sample(1).powerLimitMilliwatts), nvml::kFunctionNotFound);
}

TEST_F(DeviceReaderTest, AsksForAnUnsupportedValueOnce) {
  codes["power"] = nvml::kNotSupported;
  codes["clock1"] = nvml::kDeprecated;
  for (int sample = 0; sample < 3; ++sample) {
    const Snapshot snapshot = reader.sample(1);
    EXPECT_EQ(codeOf(snapshot.powerMilliwatts), nvml::kNotSupported);
    EXPECT_EQ(codeOf(snapshot.smClockMhz), nvml::kDeprecated);
    EXPECT_EQ(std::get<std::uint32_t>(snapshot.graphicsClockMhz), 1000U);
  }
  EXPECT_EQ(calls["power"], 1);
  EXPECT_EQ(calls["clock1"], 1);
  EXPECT_EQ(calls["clock0"], 3);
}

TEST_F(DeviceReaderTest, AsksAgainAfterAFailure) {
  codes["power"] = nvml::kGpuIsLost;
  EXPECT_EQ(codeOf(reader.sample(1).powerMilliwatts), nvml::kGpuIsLost);
  codes["power"] = nvml::kSuccess;
  EXPECT_EQ(std::get<std::uint32_t>(reader.sample(1).powerMilliwatts), 650'000U);
}

TEST_F(DeviceReaderTest, FallsBackToTheOldMemoryCallWhereTheNewOneIsUnsupported) {
  codes["memoryV2"] = nvml::kArgumentVersionMismatch;
  for (int sample = 0; sample < 2; ++sample) {
    const auto memory = std::get<MemoryReading>(reader.sample(1).memory);
    EXPECT_EQ(memory.usedBytes, 400U);
    EXPECT_EQ(memory.freeBytes, 600U);
    EXPECT_EQ(codeOf(memory.reservedBytes), nvml::kFunctionNotFound);
  }
  EXPECT_EQ(calls["memoryV2"], 1);
  EXPECT_EQ(calls["memoryV1"], 2);
}

TEST_F(DeviceReaderTest, AFailureOfTheNewMemoryCallIsNotHiddenByTheOldOne) {
  codes["memoryV2"] = nvml::kGpuIsLost;
  EXPECT_EQ(codeOf(reader.sample(1).memory), nvml::kGpuIsLost);
  EXPECT_EQ(calls["memoryV1"], 0);
}

TEST_F(DeviceReaderTest, FallsBackToTheOldTemperatureCall) {
  functions.deviceGetTemperatureV.address = nullptr;
  EXPECT_EQ(std::get<std::int32_t>(reader.sample(1).temperatureCelsius), 71);
}

TEST_F(DeviceReaderTest, IdentityIsReadFromWhatTheDriverFills) {
  codes["pci"] = nvml::kSuccess;
  const Identity identity = reader.identify();
  EXPECT_EQ(std::get<std::string>(identity.pciBusId), "0000:1B:00.0");
  EXPECT_EQ(std::get<std::string>(identity.uuid), std::string(nvml::kUuidBytes, 'u'));
  EXPECT_EQ(codeOf(identity.name), nvml::kFunctionNotFound);
}

TEST_F(DeviceReaderTest, BeginsNoCallOnceTheSamplerStops) {
  signals.requestStop();
  reader.sample(1);
  EXPECT_TRUE(calls.empty());
}

TEST(NextTick, IsTheNextMultipleOfTheInterval) {
  using namespace std::chrono_literals;
  EXPECT_EQ(nextTick(TimePoint(0s), 1s), TimePoint(1s));
  EXPECT_EQ(nextTick(TimePoint(1500ms), 1s), TimePoint(2s));
  EXPECT_EQ(nextTick(TimePoint(2s), 1s), TimePoint(3s));
  EXPECT_EQ(nextTick(TimePoint(7250ms), 250ms), TimePoint(7500ms));
}

}  // namespace
}  // namespace gpu_health
