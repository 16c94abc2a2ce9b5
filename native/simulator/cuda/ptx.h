// Runs PTX on the CPU: the few instructions that gpu_health_cuda_probe's kernel uses, so that the text itself is tested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gpu_health::simulator {

/** Text that is not of the form of our kernel, or an instruction that is not simulated. */
struct PtxError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/** What an instruction makes of the values of its operands, the target first. */
using PtxOperation = std::uint64_t (*)(const std::uint64_t* operands);

struct PtxInstruction {
  enum class Kind { kCompute, kBranch, kStore, kReturn };
  Kind kind;
  /** Skipped where this value is 0. */
  std::optional<std::size_t> guard;
  /** Of kCompute. */
  PtxOperation operation;
  /** Indices of values; of kBranch the index of the instruction to go to. */
  std::vector<std::size_t> operands;
};

/** A module with one kernel. */
struct PtxKernel {
  std::string name;
  std::vector<PtxInstruction> body;
  /** What each value is at the start. The first are the kernel's parameters, in order, followed by the thread's place:
   *  block, size of a block, thread. The others are numbers and registers. */
  std::vector<std::uint64_t> values;
};

/** Throws PtxError. */
PtxKernel parsePtx(const std::string& text);

/** Runs one thread; memory is the process's own. `arguments`: the value of each parameter, then the thread's place. */
void runPtx(const PtxKernel& kernel, const std::vector<std::uint64_t>& arguments);

}  // namespace gpu_health::simulator
