#include <sys/wait.h>

#include <array>
#include <string>

#include "support.h"

namespace gpu_health::cuda {
namespace {

using test::StateFile;

struct Outcome {
  std::string output;
  /** As waitpid gives it. */
  int status;

  bool says(const std::string& text) const { return output.find(text) != std::string::npos; }
  bool exitedWith(int code) const { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
};

/** Runs the probe with the simulated libcuda.so.1 to its end. */
Outcome probe(const std::string& arguments, const std::string& prefix = "LD_LIBRARY_PATH=" CUDA_SIMULATOR_FOLDER) {
  FILE* pipe = popen((prefix + " exec " CUDA_PROBE " " + arguments).c_str(), "r");
  Outcome outcome{};
  std::array<char, 4096> part{};
  while (const std::size_t length = fread(part.data(), 1, part.size(), pipe)) outcome.output.append(part.data(), length);
  outcome.status = pclose(pipe);
  return outcome;
}

TEST(CudaProbe, InitialisationAloneMakesNoContext) {
  StateFile state("count = 2\n");
  const Outcome outcome = probe("");
  EXPECT_TRUE(outcome.exitedWith(0)) << outcome.output;
  EXPECT_TRUE(outcome.says("{\"event\":\"driver\",\"version\":13000}\n"));
  EXPECT_TRUE(outcome.says("\"event\":\"device\",\"ordinal\":1,\"uuid\":\"GPU-"));
  EXPECT_FALSE(outcome.says("cuCtxCreate"));
  EXPECT_FALSE(outcome.says("cuMemAlloc"));
  EXPECT_TRUE(outcome.says("{\"event\":\"done\"}\n"));
}

TEST(CudaProbe, TheKernelIsVerifiedOnEveryDeviceAndEverythingFreed) {
  StateFile state("count = 2\ngpu.1.cuda.wrong_result = true\n");
  const Outcome outcome = probe("--kernel all");
  EXPECT_TRUE(outcome.exitedWith(1)) << outcome.output;
  EXPECT_TRUE(outcome.says("\"wrongWords\":0"));
  EXPECT_TRUE(outcome.says("\"wrongWords\":1,"));
  for (const char* function : {"cuMemFree_v2", "cuModuleUnload", "cuCtxDestroy_v2"}) {
    EXPECT_TRUE(outcome.says(std::string("\"returned\",\"function\":\"") + function + "\",\"code\":0")) << function;
  }
}

TEST(CudaProbe, TheKernelRunsOnTheDevicesAskedForInTheirOrder) {
  StateFile state(
      "count = 3\ngpu.0.uuid = GPU-00000000-0000-0000-0000-000000000000\n"
      "gpu.2.uuid = GPU-22222222-2222-2222-2222-222222222222\n");
  const Outcome outcome = probe(
      "--kernel GPU-22222222-2222-2222-2222-222222222222 --kernel GPU-00000000-0000-0000-0000-000000000000 "
      "--kernel GPU-99999999-9999-9999-9999-999999999999");
  EXPECT_TRUE(outcome.exitedWith(0)) << outcome.output;
  const auto second = outcome.output.find("\"computed\",\"uuid\":\"GPU-2222");
  const auto first = outcome.output.find("\"computed\",\"uuid\":\"GPU-0000");
  ASSERT_NE(first, std::string::npos);
  EXPECT_LT(second, first);
  EXPECT_FALSE(outcome.says("GPU-9999"));
}

TEST(CudaProbe, AFailedCallIsToldWithItsNameAndTheContextIsDestroyed) {
  StateFile state("cuda.return.cuLaunchKernel = 719\n");
  const Outcome outcome = probe("--kernel all");
  EXPECT_TRUE(outcome.exitedWith(1));
  EXPECT_TRUE(outcome.says("\"function\":\"cuLaunchKernel\",\"code\":719,\"name\":\"CUDA_ERROR_LAUNCH_FAILED\""));
  EXPECT_TRUE(outcome.says("\"returned\",\"function\":\"cuCtxDestroy_v2\",\"code\":0"));
  EXPECT_FALSE(outcome.says("computed"));
  EXPECT_TRUE(outcome.says("done"));
}

TEST(CudaProbe, ACodeWithoutANameKeepsItsNumber) {
  StateFile state("cuda.return.cuInit = 12345\n");
  EXPECT_TRUE(probe("").says("\"code\":12345,\"durationMs\":"));
}

TEST(CudaProbe, AFailedInitialisationNamesTheDeviceFilesThatCannotBeOpened) {
  StateFile state("cuda.return.cuInit = 999\n");
  const Outcome outcome = probe("--device-folder /nonexistent");
  EXPECT_TRUE(outcome.exitedWith(1));
  EXPECT_TRUE(outcome.says("\"device_file\",\"path\":\"/nonexistent/nvidia-uvm\",\"error\":\"ENOENT\""));
}

TEST(CudaProbe, ACrashLeavesTheCallThatItHappenedIn) {
  StateFile state("cuda.crash.cuInit = true\n");
  const Outcome outcome = probe("");
  EXPECT_TRUE(WIFSIGNALED(outcome.status)) << outcome.status;
  EXPECT_NE(outcome.output.rfind("{\"event\":\"calling\",\"function\":\"cuInit\"}\n"), std::string::npos);
  EXPECT_FALSE(outcome.says("returned"));
}

TEST(CudaProbe, WithoutALibraryItSaysSo) {
  const Outcome outcome = probe("", "LD_LIBRARY_PATH=");
  if (outcome.says("\"loaded\"")) GTEST_SKIP() << "this machine has CUDA's driver";
  EXPECT_TRUE(outcome.exitedWith(1));
  EXPECT_TRUE(outcome.says("\"event\":\"not_loaded\",\"reason\":\"not_found\""));
}

TEST(CudaProbe, ALibraryThatIsNotCudaIsInvalid) {
  const std::string folder = test::testFile("lib");
  ASSERT_EQ(std::system(("mkdir -p " + folder + " && cp " SIMULATOR_LIBRARY " " + folder + "/libcuda.so.1").c_str()), 0);
  const Outcome outcome = probe("", "LD_LIBRARY_PATH=" + folder);
  EXPECT_TRUE(outcome.says("\"reason\":\"invalid\"")) << outcome.output;
  EXPECT_TRUE(outcome.says("cuInit"));
}

TEST(CudaProbe, WrongArgumentsAreRefused) {
  EXPECT_TRUE(probe("--kernel 2>/dev/null").exitedWith(2));
  EXPECT_TRUE(probe("--nonsense 1 2>/dev/null").exitedWith(2));
}

}  // namespace
}  // namespace gpu_health::cuda
