// How the simulated driver reports events, goes away and comes back.
#include "simulator_fixture.h"

namespace gpu_health {
namespace {

using nvml::Device;
using nvml::EventData;

class SimulatorDriver : public test::SimulatorFixture {
 protected:
  unsigned count() {
    unsigned count = 0;
    EXPECT_EQ(functions().deviceGetCount.address(&count), nvml::kSuccess);
    return count;
  }

  nvml::Return wait(nvml::EventSet set, EventData& event) {
    return functions().eventSetWait.address(set, &event, 0);
  }

  nvml::EventSet eventSet() {
    nvml::EventSet set = nullptr;
    EXPECT_EQ(functions().eventSetCreate.address(&set), nvml::kSuccess);
    return set;
  }

  nvml::Return power(Device handle) {
    unsigned milliwatts = 0;
    return functions().deviceGetPowerUsage.address(handle, &milliwatts);
  }
};

TEST_F(SimulatorDriver, DeliversEachEventOnceFromRegistrationOn) {
  state.write("count = 2\ngpu.1.event.1 = xid 13\n");
  ASSERT_EQ(init(), nvml::kSuccess);
  const nvml::EventSet set = eventSet();
  ASSERT_EQ(functions().deviceRegisterEvents.address(device(1), nvml::kEventXid, set), nvml::kSuccess);
  EventData event{};
  EXPECT_EQ(wait(set, event), nvml::kTimeout) << "what came before is not told";
  state.write("count = 2\ngpu.1.event.1 = xid 13\ngpu.1.event.2 = xid 79\ngpu.1.event.3 = xid 94 8 0\n"
              "gpu.0.event.4 = xid 48\ngpu.1.event.5 = 0x100 0\n");
  ASSERT_EQ(wait(set, event), nvml::kSuccess);
  EXPECT_EQ(event.device, device(1));
  EXPECT_EQ(event.type, nvml::kEventXid);
  EXPECT_EQ(event.data, 79U);
  EXPECT_EQ(event.gpuInstanceId, nvml::kNoInstance);
  ASSERT_EQ(wait(set, event), nvml::kSuccess);
  EXPECT_EQ(event.data, 94U);
  EXPECT_EQ(event.gpuInstanceId, 8U);
  EXPECT_EQ(event.computeInstanceId, 0U);
  EXPECT_EQ(wait(set, event), nvml::kTimeout) << "neither another GPU nor another type is registered";
  EXPECT_EQ(functions().eventSetFree.address(set), nvml::kSuccess);
}

TEST_F(SimulatorDriver, ALostGpuEndsEveryWaitOnceItsEventsAreTold) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const nvml::EventSet set = eventSet();
  ASSERT_EQ(functions().deviceRegisterEvents.address(device(0), nvml::kEventXid, set), nvml::kSuccess);
  state.write("model = h100\ncount = 2\ngpu.0.lost = true\ngpu.0.event.1 = xid 79\n");
  EventData event{};
  EXPECT_EQ(wait(set, event), nvml::kSuccess);
  EXPECT_EQ(wait(set, event), nvml::kGpuIsLost);
  EXPECT_EQ(functions().eventSetFree.address(set), nvml::kSuccess);
}

TEST_F(SimulatorDriver, RegistersOnlyWhatTheCardReports) {
  state.write("model = rtx4090\n");
  ASSERT_EQ(init(), nvml::kSuccess);
  const nvml::EventSet set = eventSet();
  std::uint64_t types = 0;
  EXPECT_EQ(functions().deviceGetSupportedEventTypes.address(device(0), &types), nvml::kSuccess);
  EXPECT_EQ(types, nvml::kEventXid | nvml::kEventClock);
  EXPECT_EQ(functions().deviceRegisterEvents.address(device(0), nvml::kEventDoubleBitEcc, set), nvml::kNotSupported);
  EXPECT_EQ(functions().eventSetFree.address(set), nvml::kSuccess);
}

TEST_F(SimulatorDriver, AReloadNeedsANewInitialisation) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(0);
  state.write("model = h100\ndriver.generation = 2\n");
  EXPECT_EQ(power(handle), nvml::kUninitialized);
  ASSERT_EQ(init(), nvml::kSuccess);
  EXPECT_EQ(power(handle), nvml::kSuccess);
}

TEST_F(SimulatorDriver, AnswersNothingWhileTheDriverIsNotLoaded) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(0);
  state.write("model = h100\ndriver.loaded = false\n");
  EXPECT_EQ(power(handle), nvml::kDriverNotLoaded);
  EXPECT_EQ(functions().shutdown.address(), nvml::kSuccess);
  EXPECT_EQ(init(), nvml::kDriverNotLoaded);
}

TEST_F(SimulatorDriver, AnUpgradeNeedsTheLibraryToBeLoadedAgain) {
  state.write("driver_version = 1\n");
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(0);
  state.write("driver_version = 2\n");
  EXPECT_EQ(power(handle), nvml::kLibraryVersionMismatch);
  EXPECT_EQ(functions().shutdown.address(), nvml::kSuccess);
  EXPECT_EQ(init(), nvml::kLibraryVersionMismatch);
  library.reset();
  load();
  EXPECT_EQ(init(), nvml::kSuccess);
}

TEST_F(SimulatorDriver, AGpuThatIsAbsentIsNotCountedAtTheNextInitialisation) {
  state.write("count = 3\n");
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device second = device(1);
  const Device third = device(2);
  state.write("count = 3\ngpu.1.absent = true\n");
  EXPECT_EQ(power(second), nvml::kGpuIsLost);
  EXPECT_EQ(count(), 3U);
  ASSERT_EQ(functions().shutdown.address(), nvml::kSuccess);
  ASSERT_EQ(init(), nvml::kSuccess);
  EXPECT_EQ(count(), 2U);
  EXPECT_EQ(device(1), third) << "those behind it move up";
  Device found = nullptr;
  EXPECT_EQ(functions().deviceGetHandleByPciBusId.address("00000000:2B:00.0", &found), nvml::kNotFound);
}

TEST_F(SimulatorDriver, AGpuMayStayLostUntilTheNextInitialisation) {
  ASSERT_EQ(init(), nvml::kSuccess);
  const Device handle = device(0);
  state.write("model = h100\ngpu.0.lost = until_init\n");
  EXPECT_EQ(power(handle), nvml::kGpuIsLost);
  state.write("model = h100\n");
  EXPECT_EQ(power(handle), nvml::kGpuIsLost);
  ASSERT_EQ(functions().shutdown.address(), nvml::kSuccess);
  ASSERT_EQ(init(), nvml::kSuccess);
  EXPECT_EQ(power(handle), nvml::kSuccess);
}

}  // namespace
}  // namespace gpu_health
