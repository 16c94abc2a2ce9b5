#include <gtest/gtest.h>

#include <array>

#include "cuda/kernel.h"
#include "simulator/cuda/ptx.h"

namespace gpu_health::cuda {
namespace {

using simulator::parsePtx;
using simulator::PtxError;
using simulator::runPtx;

std::uint64_t addressOf(void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

TEST(CudaKernel, ThePtxComputesWhatTheProbeExpects) {
  const auto kernel = parsePtx(kKernelPtx);
  EXPECT_EQ(kernel.name, kKernelName);
  std::array<std::uint32_t, 6> words = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff};
  const auto given = words;
  for (std::uint64_t block = 0; block < 3; ++block) {
    for (std::uint64_t thread = 0; thread < 2; ++thread) runPtx(kernel, {addressOf(words.data()), 6, block, 2, thread});
  }
  for (std::size_t index = 0; index < words.size(); ++index) {
    EXPECT_EQ(words[index], transform(given[index])) << given[index];
    EXPECT_NE(words[index], given[index]);
  }
}

TEST(CudaKernel, AThreadOutsideTheWordsWritesNothing) {
  std::array<std::uint32_t, 2> words = {1, 1};
  runPtx(parsePtx(kKernelPtx), {addressOf(words.data()), 1, 0, 256, 1});
  EXPECT_EQ(words[1], 1U);
  runPtx(parsePtx(kKernelPtx), {addressOf(words.data()), 2, 0, 256, 1});
  EXPECT_EQ(words[1], transform(1));
}

TEST(CudaKernel, WhatIsNotSimulatedIsRefused) {
  EXPECT_THROW(parsePtx("nothing"), PtxError);
  EXPECT_THROW(parsePtx(".entry k(.param .u64 p)\n{\n  bar.sync 0;\n}\n"), PtxError);
  EXPECT_THROW(parsePtx(".entry k(.param .u64 p)\n{\n  bra nowhere;\n}\n"), PtxError);
}

}  // namespace
}  // namespace gpu_health::cuda
