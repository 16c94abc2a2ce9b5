#include "sampler/process_table.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace gpu_health {
namespace {

ProcessReading process(std::uint32_t pid) { return {pid, ProcessKind::kCompute, std::uint64_t{0}, {}, false, {}, {}}; }

/** A table in which the process 1 runs and no other. */
ProcessTable table(bool isDriversOwn) {
  return {[](std::uint32_t pid) { return pid == 1; }, [](std::uint32_t) { return std::string(); }, isDriversOwn};
}

TEST(MarkExisting, BelievesATableThatIsTheDriversOwn) {
  std::vector<ProcessReading> processes = {process(2)};
  markExisting(processes, table(true));
  EXPECT_FALSE(processes[0].exists);
}

TEST(MarkExisting, BelievesATableThatKnowsOneOfThem) {
  std::vector<ProcessReading> processes = {process(2), process(1)};
  markExisting(processes, table(false));
  EXPECT_FALSE(processes[0].exists);
  EXPECT_TRUE(processes[1].exists);
}

TEST(MarkExisting, KnowsNothingOfAnothersPids) {
  std::vector<ProcessReading> processes = {process(2), process(3)};
  markExisting(processes, table(false));
  EXPECT_TRUE(processes[0].exists);
  EXPECT_TRUE(processes[1].exists);
}

TEST(KernelProcesses, KnowsThisProcess) {
  const ProcessTable processes = kernelProcesses();
  const auto self = static_cast<std::uint32_t>(getpid());
  EXPECT_TRUE(processes.exists(self));
  EXPECT_EQ(processes.name(self), "gpu_health_test") << "the kernel keeps 15 characters";
  EXPECT_FALSE(processes.exists(0x7ffffffe)) << "more than the kernel numbers";
  EXPECT_EQ(processes.name(0x7ffffffe), "");
}

}  // namespace
}  // namespace gpu_health
