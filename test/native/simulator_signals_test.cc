// What the simulated library says of a GPU's condition.
#include <array>
#include <cstring>
#include <vector>

#include "simulator_fixture.h"

namespace gpu_health {
namespace {

using nvml::Device;
using nvml::FieldValue;

class SimulatorSignals : public test::SimulatorFixture {
 protected:
  /** Initialised, with one GPU that the state describes. */
  Device use(const std::string& settings) {
    state.write(settings);
    EXPECT_EQ(init(), nvml::kSuccess);
    return device(0);
  }

  FieldValue field(Device handle, std::uint32_t id) {
    FieldValue value{};
    value.fieldId = id;
    EXPECT_EQ(functions().deviceGetFieldValues.address(handle, 1, &value), nvml::kSuccess);
    return value;
  }

  nvml::Return remappedRows(Device handle, std::array<unsigned, 4>& rows) {
    return functions().deviceGetRemappedRows.address(handle, &rows[0], &rows[1], &rows[2], &rows[3]);
  }
};

TEST_F(SimulatorSignals, EccCountersAreToldApart) {
  const Device handle = use(
      "gpu.0.ecc.volatile.corrected = 1\ngpu.0.ecc.volatile.uncorrected = 2\n"
      "gpu.0.ecc.aggregate.corrected = 3\ngpu.0.ecc.aggregate.uncorrected = 4\n");
  const auto count = [&](unsigned error, unsigned counter) {
    std::uint64_t value = 0;
    EXPECT_EQ(functions().deviceGetTotalEccErrors.address(handle, error, counter, &value), nvml::kSuccess);
    return value;
  };
  EXPECT_EQ(count(nvml::kErrorCorrected, nvml::kCounterVolatile), 1U);
  EXPECT_EQ(count(nvml::kErrorUncorrected, nvml::kCounterVolatile), 2U);
  EXPECT_EQ(count(nvml::kErrorCorrected, nvml::kCounterAggregate), 3U);
  EXPECT_EQ(count(nvml::kErrorUncorrected, nvml::kCounterAggregate), 4U);
  state.write("gpu.0.ecc.enabled = false\n");
  std::uint64_t value = 0;
  EXPECT_EQ(functions().deviceGetTotalEccErrors.address(handle, 0, 0, &value), nvml::kNotSupported);
}

TEST_F(SimulatorSignals, AConsumerCardLacksWhatDataCentreCardsHave) {
  const Device handle = use("model = rtx4090\n");
  unsigned value = 0;
  EXPECT_EQ(functions().deviceGetEccMode.address(handle, &value, &value), nvml::kNotSupported);
  EXPECT_EQ(functions().deviceGetMigMode.address(handle, &value, &value), nvml::kNotSupported);
  EXPECT_EQ(functions().deviceGetRetiredPagesPendingStatus.address(handle, &value), nvml::kNotSupported);
  EXPECT_EQ(functions().deviceGetNvLinkState.address(handle, 0, &value), nvml::kNotSupported);
  EXPECT_EQ(field(handle, nvml::kFieldMemoryTemperature).code, nvml::kNotSupported);
  EXPECT_EQ(field(handle, nvml::kFieldRecoveryAction).code, nvml::kNotSupported);
  std::array<unsigned, 4> rows{9, 9, 9, 9};
  EXPECT_EQ(remappedRows(handle, rows), nvml::kSuccess) << "as the card has been seen to answer";
  EXPECT_EQ(rows, (std::array<unsigned, 4>{}));
}

TEST_F(SimulatorSignals, H200HasMarginsAndA100HasThresholds) {
  const Device h200 = use("model = h200\ngpu.0.temperature = 90\n");
  nvml::MarginTemperature margin{nvml::kMarginTemperatureVersion, 0};
  ASSERT_EQ(functions().deviceGetMarginTemperature.address(h200, &margin), nvml::kSuccess);
  EXPECT_EQ(margin.celsius, -4);
  EXPECT_EQ(field(h200, nvml::kFieldShutdownMargin).value.signed32, -8);
  EXPECT_EQ(field(h200, nvml::kFieldSlowdownMargin).value.signed32, -2);
  unsigned celsius = 0;
  EXPECT_EQ(functions().deviceGetTemperatureThreshold.address(h200, 0, &celsius), nvml::kNotSupported);
  state.write("model = a100\n");
  EXPECT_EQ(functions().deviceGetTemperatureThreshold.address(h200, nvml::kThresholdShutdown, &celsius), nvml::kSuccess);
  EXPECT_EQ(celsius, 92U);
  EXPECT_EQ(functions().deviceGetMarginTemperature.address(h200, &margin), nvml::kNotSupported);
}

TEST_F(SimulatorSignals, EachFieldHasACodeOfItsOwn) {
  const Device handle = use("gpu.0.recovery_action = 2\n");
  std::array<FieldValue, 2> values{};
  values[0].fieldId = 4711;
  values[1].fieldId = nvml::kFieldRecoveryAction;
  ASSERT_EQ(functions().deviceGetFieldValues.address(handle, 2, values.data()), nvml::kSuccess);
  EXPECT_EQ(values[0].code, nvml::kNotSupported);
  EXPECT_EQ(values[1].code, nvml::kSuccess);
  EXPECT_EQ(values[1].value.unsigned32, 2U);
}

TEST_F(SimulatorSignals, ChecksTheVersionsOfStructs) {
  const Device handle = use("model = h200\n");
  nvml::MarginTemperature margin{};
  EXPECT_EQ(functions().deviceGetMarginTemperature.address(handle, &margin), nvml::kArgumentVersionMismatch);
  nvml::FabricInfo fabric{};
  EXPECT_EQ(functions().deviceGetGpuFabricInfo.address(handle, &fabric), nvml::kArgumentVersionMismatch);
  fabric.version = nvml::kFabricInfoVersion;
  EXPECT_EQ(functions().deviceGetGpuFabricInfo.address(handle, &fabric), nvml::kSuccess);
  EXPECT_EQ(fabric.state, 3);
}

TEST_F(SimulatorSignals, RetiredPagesAreCountedWithoutABuffer) {
  const Device handle = use("gpu.0.pages.double_bit = 3\ngpu.0.pages.pending = true\n");
  unsigned count = 0;
  EXPECT_EQ(functions().deviceGetRetiredPages.address(handle, nvml::kRetiredForDoubleBitError, &count, nullptr, nullptr),
            nvml::kInsufficientSize);
  EXPECT_EQ(count, 3U);
  EXPECT_EQ(functions().deviceGetRetiredPages.address(handle, nvml::kRetiredForSingleBitErrors, &count, nullptr, nullptr),
            nvml::kSuccess);
  EXPECT_EQ(count, 0U);
}

TEST_F(SimulatorSignals, LinksAreBrokenOneByOne) {
  const Device handle = use("gpu.0.nvlink.3.active = false\ngpu.0.nvlink.4.crc_errors = 7\ngpu.0.pcie.width = 8\n");
  const auto isActive = [&](unsigned link) {
    unsigned value = 9;
    EXPECT_EQ(functions().deviceGetNvLinkState.address(handle, link, &value), nvml::kSuccess);
    return value;
  };
  EXPECT_EQ(isActive(2), 1U);
  EXPECT_EQ(isActive(3), 0U);
  std::uint64_t errors = 0;
  EXPECT_EQ(functions().deviceGetNvLinkErrorCounter.address(handle, 4, nvml::kNvlinkCrcFlit, &errors), nvml::kSuccess);
  EXPECT_EQ(errors, 7U);
  unsigned value = 0;
  EXPECT_EQ(functions().deviceGetNvLinkState.address(handle, 18, &value), nvml::kInvalidArgument);
  EXPECT_EQ(functions().deviceGetPcieLinkWidth.address(handle, &value), nvml::kSuccess);
  EXPECT_EQ(value, 8U);
}

TEST_F(SimulatorSignals, ProcessesNeedABufferAndHoldMemory) {
  const Device handle = use(
      "gpu.0.process.4711.used = 120GiB\ngpu.0.process.4711.name = python\n"
      "gpu.0.process.12.kind = graphics\ngpu.0.process.13.used = none\ngpu.0.process.13.gone = true\n");
  unsigned count = 0;
  EXPECT_EQ(functions().deviceGetComputeProcesses.address(handle, &count, nullptr), nvml::kInsufficientSize);
  ASSERT_EQ(count, 2U);
  std::vector<nvml::ProcessInfo> processes(count);
  ASSERT_EQ(functions().deviceGetComputeProcesses.address(handle, &count, processes.data()), nvml::kSuccess);
  EXPECT_EQ(processes[0].pid, 13U);
  EXPECT_EQ(processes[0].usedBytes, nvml::kValueNotAvailable);
  EXPECT_EQ(processes[1].pid, 4711U);
  EXPECT_EQ(processes[1].usedBytes, std::uint64_t{120} << 30U);
  EXPECT_EQ(processes[1].gpuInstanceId, nvml::kNoInstance);
  nvml::MemoryV2 memory{nvml::kMemoryV2Version, 0, 0, 0, 0};
  ASSERT_EQ(functions().deviceGetMemoryInfoV2.address(handle, &memory), nvml::kSuccess);
  EXPECT_EQ(memory.usedBytes, std::uint64_t{120} << 30U);
  char name[16];
  EXPECT_EQ(functions().systemGetProcessName.address(4711, name, sizeof name), nvml::kSuccess);
  EXPECT_STREQ(name, "python");
  EXPECT_EQ(functions().systemGetProcessName.address(13, name, sizeof name), nvml::kNotFound);
  EXPECT_TRUE(library->simulatedProcessExists()(4711));
  EXPECT_FALSE(library->simulatedProcessExists()(13));
}

TEST_F(SimulatorSignals, ALeakGrowsWithTime) {
  const Device handle = use("gpu.0.memory.leak = 1GiB\ngpu.0.memory.leak.since = 0\n");
  nvml::MemoryV2 memory{nvml::kMemoryV2Version, 0, 0, 0, 0};
  ASSERT_EQ(functions().deviceGetMemoryInfoV2.address(handle, &memory), nvml::kSuccess);
  EXPECT_EQ(memory.freeBytes, 0U) << "since 1970";
  EXPECT_EQ(memory.totalBytes, memory.usedBytes + memory.reservedBytes);
}

TEST_F(SimulatorSignals, MigInstancesHaveMemoryOfTheirOwn) {
  const Device handle = use(
      "gpu.0.mig.enabled = true\ngpu.0.mig.count = 2\ngpu.0.mig.1.memory.free = 1GiB\n"
      "gpu.0.process.4711.used = 2GiB\ngpu.0.process.4711.mig = 0\n");
  Device instance = nullptr;
  ASSERT_EQ(functions().deviceGetMigDeviceHandleByIndex.address(handle, 1, &instance), nvml::kSuccess);
  nvml::MemoryV2 memory{nvml::kMemoryV2Version, 0, 0, 0, 0};
  ASSERT_EQ(functions().deviceGetMemoryInfoV2.address(instance, &memory), nvml::kSuccess);
  EXPECT_EQ(memory.freeBytes, std::uint64_t{1} << 30U);
  unsigned id = 0;
  EXPECT_EQ(functions().deviceGetGpuInstanceId.address(instance, &id), nvml::kSuccess);
  EXPECT_EQ(id, 8U);
  char uuid[nvml::kUuidBytes];
  EXPECT_EQ(functions().deviceGetUuid.address(instance, uuid, sizeof uuid), nvml::kSuccess);
  EXPECT_EQ(std::strncmp(uuid, "MIG-", 4), 0);
  ASSERT_EQ(functions().deviceGetMigDeviceHandleByIndex.address(handle, 0, &instance), nvml::kSuccess);
  ASSERT_EQ(functions().deviceGetMemoryInfoV2.address(instance, &memory), nvml::kSuccess);
  EXPECT_EQ(memory.usedBytes, std::uint64_t{2} << 30U) << "of the process in it";
  EXPECT_EQ(functions().deviceGetMigDeviceHandleByIndex.address(handle, 2, &instance), nvml::kNotFound);
  nvml::Utilization utilization{};
  std::array<unsigned, 4> rows{};
  EXPECT_EQ(functions().deviceGetUtilizationRates.address(handle, &utilization), nvml::kNotSupported);
  EXPECT_EQ(remappedRows(handle, rows), nvml::kNotSupported);
}

}  // namespace
}  // namespace gpu_health
