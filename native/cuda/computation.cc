#include "cuda/computation.h"

#include <array>
#include <numeric>

#include "cuda/kernel.h"

namespace gpu_health::cuda {
namespace {

using Words = std::array<std::uint32_t, kWords>;

/** A context on a device; whatever was made in it and is left goes with it. */
class ContextOwner {
 public:
  ContextOwner(const Caller& caller, Device device) : caller_(caller) {
    if (!caller.call(caller.functions().contextCreate, &context_, kContextBlockingSync, device)) context_ = nullptr;
  }
  ~ContextOwner() { destroy(); }
  ContextOwner(const ContextOwner&) = delete;
  ContextOwner& operator=(const ContextOwner&) = delete;

  bool isCreated() const { return context_ != nullptr; }

  bool destroy() {
    if (!context_) return true;
    const Context context = context_;
    context_ = nullptr;
    return caller_.call(caller_.functions().contextDestroy, context);
  }

 private:
  const Caller& caller_;
  Context context_ = nullptr;
};

/** Replaces the words by what the GPU makes of them. Everything is freed one by one: a fault of the kernel may show as
 *  late as there. */
bool transformOnDevice(const Caller& caller, Words& words) {
  const Functions& cuda = caller.functions();
  Module module = nullptr;
  Kernel kernel = nullptr;
  DevicePointer pointer = 0;
  std::uint32_t count = kWords;
  std::array<void*, 2> parameters = {&pointer, &count};
  Stream stream = nullptr;
  void** extra = nullptr;
  const void* image = kKernelPtx;
  return caller.call(cuda.moduleLoadData, &module, image) &&
         caller.call(cuda.moduleGetFunction, &kernel, module, kKernelName) &&
         caller.call(cuda.memoryAllocate, &pointer, sizeof words) &&
         caller.call(cuda.copyToDevice, pointer, words.data(), sizeof words) &&
         caller.call(cuda.launchKernel, kernel, kBlocks, 1U, 1U, kThreadsPerBlock, 1U, 1U, 0U, stream,
                     parameters.data(), extra) &&
         caller.call(cuda.contextSynchronize) &&
         caller.call(cuda.copyToHost, words.data(), pointer, sizeof words) &&
         caller.call(cuda.memoryFree, pointer) && caller.call(cuda.moduleUnload, module);
}

}  // namespace

bool compute(const Caller& caller, const DeviceInfo& device) {
  report::kernel(device.uuid);
  const Stopwatch stopwatch;
  Words words{};
  std::iota(words.begin(), words.end(), 1U);
  const Words given = words;
  ContextOwner context(caller, device.ordinal);
  if (!context.isCreated() || !transformOnDevice(caller, words) || !context.destroy()) return false;
  unsigned wrongWords = 0;
  for (std::size_t index = 0; index < words.size(); ++index) wrongWords += words[index] != transform(given[index]);
  report::computed(device.uuid, kWords, wrongWords, stopwatch.elapsedMs());
  return wrongWords == 0;
}

}  // namespace gpu_health::cuda
