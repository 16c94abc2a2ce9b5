// Event sets.
#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>

#include "simulator/event_set.h"
#include "simulator/exports.h"

namespace {

using namespace gpu_health::nvml;
using namespace gpu_health::simulator;
using namespace std::chrono_literals;

/** How soon a wait sees a new event where the state file cannot be watched. */
constexpr std::chrono::nanoseconds kLook = 50ms;

using Handle = gpu_health::nvml::EventSet;
using Set = gpu_health::simulator::EventSet;

/** The sets that were not freed yet: with them the library holds what a client that was in a hurry left behind. Linked
 *  through `next`, so that there is nothing to destroy. */
std::mutex setsMutex;
Set* firstSet = nullptr;

Set& setOf(Handle handle) { return *reinterpret_cast<Set*>(handle); }

Handle makeSet() {
  const std::lock_guard lock(setsMutex);
  firstSet = new Set(firstSet, Engine::instance().stateFile());
  return reinterpret_cast<Handle>(firstSet);
}

Return freeSet(Handle handle) {
  const std::lock_guard lock(setsMutex);
  for (Set** link = &firstSet; *link; link = &(*link)->next) {
    if (*link != &setOf(handle)) continue;
    const std::unique_ptr<Set> freed(*link);
    *link = freed->next;
    return kSuccess;
  }
  return kInvalidArgument;
}

/** An event, or the code that a wait gives in its place; kTimeout while it goes on. */
Return tryTake(const char* function, Handle handle, EventData* event) {
  return onSystem(function, [&](const State& state) {
    if (const auto taken = setOf(handle).take(state)) {
      const auto& [gpu, found] = *taken;
      return store(event, EventData{Engine::instance().handle(gpu), found.type, found.data, found.gpuInstanceId,
                                    found.computeInstanceId});
    }
    return setOf(handle).hasLostGpu(state) ? kGpuIsLost : kTimeout;
  });
}

}  // namespace

NVML_EXPORT Return nvmlEventSetCreate(Handle* handle) {
  return onSystem(__func__, [&](const State&) { return handle ? store(handle, makeSet()) : kInvalidArgument; });
}

NVML_EXPORT Return nvmlEventSetFree(Handle handle) {
  // Whatever the driver's state is: what the set holds is this library's.
  const Return code = freeSet(handle);
  return code == kSuccess ? onSystem(__func__, [](const State&) { return kSuccess; }) : code;
}

NVML_EXPORT Return nvmlDeviceGetSupportedEventTypes(Device device, std::uint64_t* types) {
  return onDevice(__func__, device, [&](const Gpu& gpu) { return store(types, gpu.supportedEvents); });
}

NVML_EXPORT Return nvmlDeviceRegisterEvents(Device device, std::uint64_t types, Handle handle) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!handle) return kInvalidArgument;
    if ((types & gpu.supportedEvents) != types) return kNotSupported;
    setOf(handle).add(Engine::instance().targetOf(device)->gpu, types, gpu.events);
    return kSuccess;
  });
}

NVML_EXPORT Return nvmlEventSetWait_v2(Handle handle, EventData* event, unsigned timeoutMs) {
  if (!handle || !event) return kInvalidArgument;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeoutMs);
  for (;;) {
    const Return code = tryTake(__func__, handle, event);
    if (code != kTimeout) return code;
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= 0ns) return kTimeout;
    setOf(handle).changes.wait(std::min<std::chrono::nanoseconds>(left, kLook));
  }
}
