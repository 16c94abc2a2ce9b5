// The computation whose result the probe verifies: as PTX for the GPU, and the same on the CPU.
#pragma once

#include <cstdint>

namespace gpu_health::cuda {

/** PTX for every GPU since Maxwell (sm_50, 2014): the driver compiles it for the GPU that it finds. */
extern const char* const kKernelPtx;
/** Parameters: the address of the words (u64), how many there are (u32). Replaces each word by `transform` of it. */
inline constexpr const char* kKernelName = "gpu_health_probe";

inline constexpr std::uint32_t kThreadsPerBlock = 256;
inline constexpr std::uint32_t kBlocks = 4;
inline constexpr std::uint32_t kWords = kThreadsPerBlock * kBlocks;

/** What the kernel makes of one word: 64 rounds of a linear congruential generator with a shift, in integers, so that
 *  every GPU and every CPU gets the same. */
std::uint32_t transform(std::uint32_t word);

}  // namespace gpu_health::cuda
