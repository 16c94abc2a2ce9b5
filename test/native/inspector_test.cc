#include "sampler/inspector.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace gpu_health {
namespace {

using nvml::Device;
using nvml::Return;

// The functions below stand for a driver: what each returns, and how often it was called.
std::map<std::string, Return> codes;
std::map<std::string, int> calls;
std::vector<nvml::ProcessInfo> computing;
std::vector<nvml::ProcessInfo> usingMps;
unsigned links = 0;
unsigned downLink = 99;

Return answer(const std::string& function) {
  ++calls[function];
  return codes[function];
}

Return eccErrors(Device, unsigned error, unsigned counter, std::uint64_t* count) {
  *count = 10 * error + counter;
  return answer("ecc");
}

Return eccMode(Device, unsigned* current, unsigned* pending) {
  *current = 1;
  *pending = 0;
  return answer("eccMode");
}

Return retiredPages(Device, unsigned cause, unsigned* count, std::uint64_t*, std::uint64_t*) {
  *count = cause == nvml::kRetiredForDoubleBitError ? 60 : 0;
  return *count > 0 ? nvml::kInsufficientSize : nvml::kSuccess;
}

Return fieldValues(Device, int, nvml::FieldValue* values) {
  values[0].code = answer("field" + std::to_string(values[0].fieldId));
  values[0].type = nvml::ValueType::kUnsigned64;
  values[0].value.unsigned64 = values[0].fieldId == nvml::kFieldNvlinkCount ? links : 77;
  return nvml::kSuccess;
}

Return linkState(Device, unsigned link, unsigned* isActive) {
  ++calls["linkState"];
  *isActive = link == downLink ? 0 : 1;
  return link < links ? nvml::kSuccess : nvml::kInvalidArgument;
}

Return linkErrors(Device, unsigned link, unsigned, std::uint64_t* count) {
  *count = link;
  return link == downLink ? nvml::kNotSupported : nvml::kSuccess;
}

Return list(const std::vector<nvml::ProcessInfo>& processes, unsigned* count, nvml::ProcessInfo* target) {
  const unsigned room = *count;
  *count = static_cast<unsigned>(processes.size());
  if (room < processes.size()) return nvml::kInsufficientSize;
  std::copy(processes.begin(), processes.end(), target);
  return nvml::kSuccess;
}

Return computeProcesses(Device, unsigned* count, nvml::ProcessInfo* target) {
  if (const Return code = answer("compute")) return code;
  return list(computing, count, target);
}

Return mpsProcesses(Device, unsigned* count, nvml::ProcessInfo* target) { return list(usingMps, count, target); }

Return graphicsProcesses(Device, unsigned*, nvml::ProcessInfo*) { return answer("graphics"); }

class InspectorTest : public ::testing::Test {
 protected:
  InspectorTest() {
    codes.clear();
    calls.clear();
    computing.clear();
    usingMps.clear();
    links = 0;
    downLink = 99;
    functions.deviceGetTotalEccErrors = {"nvmlDeviceGetTotalEccErrors", eccErrors};
    functions.deviceGetEccMode = {"nvmlDeviceGetEccMode", eccMode};
    functions.deviceGetRetiredPages = {"nvmlDeviceGetRetiredPages_v2", retiredPages};
    functions.deviceGetFieldValues = {"nvmlDeviceGetFieldValues", fieldValues};
    functions.deviceGetNvLinkState = {"nvmlDeviceGetNvLinkState", linkState};
    functions.deviceGetNvLinkErrorCounter = {"nvmlDeviceGetNvLinkErrorCounter", linkErrors};
    functions.deviceGetComputeProcesses = {"nvmlDeviceGetComputeRunningProcesses_v3", computeProcesses};
    functions.deviceGetMpsProcesses = {"nvmlDeviceGetMPSComputeRunningProcesses_v3", mpsProcesses};
    functions.deviceGetGraphicsProcesses = {"nvmlDeviceGetGraphicsRunningProcesses_v3", graphicsProcesses};
    codes["graphics"] = nvml::kNotSupported;
  }

  Inspection inspect() { return inspector.inspect(1); }
  std::vector<ProcessReading> processes() { return std::get<std::vector<ProcessReading>>(inspect().processes); }

  nvml::Functions functions;
  Signals signals;
  CallWatch watch{signals};
  ProcessTable table{[](std::uint32_t pid) { return pid != 13; }, [](std::uint32_t) { return std::string("comm"); }, true};
  Inspector inspector{functions, watch, nullptr, table};
};

TEST_F(InspectorTest, TellsTheEccCountersApart) {
  const Inspection inspection = inspect();
  EXPECT_EQ(std::get<std::uint64_t>(inspection.eccVolatileCorrected), 0U);
  EXPECT_EQ(std::get<std::uint64_t>(inspection.eccAggregateCorrected), 1U);
  EXPECT_EQ(std::get<std::uint64_t>(inspection.eccVolatileUncorrected), 10U);
  EXPECT_EQ(std::get<std::uint64_t>(inspection.eccAggregateUncorrected), 11U);
  EXPECT_TRUE(std::get<EccModes>(inspection.ecc).isEnabled);
  EXPECT_FALSE(std::get<EccModes>(inspection.ecc).willBeEnabled);
}

TEST_F(InspectorTest, CountsPagesWithoutTheirAddresses) {
  const Inspection inspection = inspect();
  EXPECT_EQ(std::get<std::uint32_t>(inspection.retiredPagesSingleBit), 0U);
  EXPECT_EQ(std::get<std::uint32_t>(inspection.retiredPagesDoubleBit), 60U);
}

TEST_F(InspectorTest, CarriesARecoveryActionThatItDoesNotKnow) {
  EXPECT_EQ(std::get<std::uint32_t>(inspect().recoveryAction), 77U);
}

TEST_F(InspectorTest, AsksForAFieldThatTheDriverDoesNotKnowOnce) {
  const std::string field = "field" + std::to_string(nvml::kFieldRecoveryAction);
  codes[field] = nvml::kInvalidArgument;
  EXPECT_EQ(std::get<Absent>(inspect().recoveryAction).code, nvml::kNotSupported);
  EXPECT_EQ(std::get<Absent>(inspect().recoveryAction).code, nvml::kNotSupported);
  EXPECT_EQ(calls[field], 1);
  inspector.forgetUnsupported();
  inspect();
  EXPECT_EQ(calls[field], 2);
}

TEST_F(InspectorTest, HasNoLinksOnACardWithout) {
  EXPECT_TRUE(inspect().nvlinks.empty());
  EXPECT_EQ(calls["linkState"], 0);
}

TEST_F(InspectorTest, FindsTheLinksWhereTheDriverDoesNotCountThem) {
  links = 4;
  codes["field" + std::to_string(nvml::kFieldNvlinkCount)] = nvml::kNotSupported;
  EXPECT_EQ(inspect().nvlinks.size(), 4U);
}

TEST_F(InspectorTest, ALinkThatIsDownSaysNothingOfTheOthers) {
  links = 3;
  downLink = 0;
  for (int times = 0; times < 2; ++times) {
    const auto nvlinks = inspect().nvlinks;
    ASSERT_EQ(nvlinks.size(), 3U);
    EXPECT_FALSE(std::get<bool>(nvlinks[0].isActive));
    EXPECT_EQ(std::get<Absent>(nvlinks[0].crcErrors).code, nvml::kNotSupported);
    EXPECT_EQ(std::get<std::uint64_t>(nvlinks[2].crcErrors), 2U);
  }
}

TEST_F(InspectorTest, ListsAProcessOnce) {
  computing = {{7, 100, nvml::kNoInstance, nvml::kNoInstance}, {8, 50, 1, 0}, {8, 60, 2, 0}};
  usingMps = {{7, 100, nvml::kNoInstance, nvml::kNoInstance}};
  const auto found = processes();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].kind, ProcessKind::kMps);
  EXPECT_FALSE(found[0].gpuInstanceId);
  EXPECT_EQ(found[1].kind, ProcessKind::kCompute);
  EXPECT_EQ(found[1].gpuInstanceId, 1U);
  EXPECT_EQ(found[2].gpuInstanceId, 2U) << "in another MIG instance it is another context";
  EXPECT_EQ(found[0].name, "comm");
}

TEST_F(InspectorTest, GrowsWithTheListOfProcesses) {
  for (std::uint32_t pid = 1000; pid < 1100; ++pid) computing.push_back({pid, 1, nvml::kNoInstance, nvml::kNoInstance});
  EXPECT_EQ(processes().size(), 100U);
}

TEST_F(InspectorTest, AProcessWhoseMemoryIsNotToldHasNone) {
  computing = {{7, nvml::kValueNotAvailable, nvml::kNoInstance, nvml::kNoInstance}};
  EXPECT_TRUE(std::holds_alternative<Absent>(processes()[0].usedBytes));
}

TEST_F(InspectorTest, AProcessThatIsGoneHasNoName) {
  computing = {{13, 1, nvml::kNoInstance, nvml::kNoInstance}};
  EXPECT_FALSE(processes()[0].exists);
  EXPECT_EQ(processes()[0].name, "");
}

TEST_F(InspectorTest, AListThatFailsIsNotAnEmptyOne) {
  codes["compute"] = nvml::kGpuIsLost;
  EXPECT_EQ(std::get<Absent>(inspect().processes).code, nvml::kGpuIsLost);
  codes["compute"] = nvml::kSuccess;
  EXPECT_TRUE(processes().empty());
}

TEST_F(InspectorTest, OnlyACardThatDoesNotDrawNeedsNoListOfThoseThatDo) {
  codes["graphics"] = nvml::kUnknown;
  EXPECT_EQ(std::get<Absent>(inspect().processes).code, nvml::kUnknown);
}

}  // namespace
}  // namespace gpu_health
