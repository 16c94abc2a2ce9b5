// What the files of exported functions share. Each of those defines NVML's C functions, which run on whichever thread
// calls.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "simulator/engine.h"

#define NVML_EXPORT extern "C" __attribute__((visibility("default")))

namespace gpu_health::simulator {

/** A call about no GPU: `answer(state)`. */
template <class Answer>
nvml::Return onSystem(const char* function, Answer&& answer) {
  std::shared_ptr<const State> state;
  const nvml::Return code = Engine::instance().enter(function, std::nullopt, state);
  return code == nvml::kSuccess ? answer(*state) : code;
}

/** A call about a GPU or a MIG instance of it: `answer(gpu, instance)`. */
template <class Answer>
nvml::Return onTarget(const char* function, nvml::Device device, Answer&& answer) {
  const std::optional<Target> target = Engine::instance().targetOf(device);
  if (!target) return nvml::kInvalidArgument;
  std::shared_ptr<const State> state;
  const nvml::Return code = Engine::instance().enter(function, target->gpu, state);
  if (code != nvml::kSuccess) return code;
  const Gpu& gpu = state->gpus[target->gpu];
  const bool isGone = target->migInstance && (!gpu.hasMigEnabled() || *target->migInstance >= gpu.mig->instances.size());
  return isGone ? nvml::kNotFound : answer(gpu, target->migInstance);
}

/** A call about a whole GPU: `answer(gpu)`. */
template <class Answer>
nvml::Return onDevice(const char* function, nvml::Device device, Answer&& answer) {
  return onTarget(function, device, [&](const Gpu& gpu, std::optional<unsigned> instance) {
    return instance ? nvml::kNotSupported : answer(gpu);
  });
}

inline nvml::Return copyText(const std::string& text, char* buffer, unsigned bytes) {
  if (!buffer) return nvml::kInvalidArgument;
  if (text.size() >= bytes) return nvml::kInsufficientSize;
  std::memcpy(buffer, text.c_str(), text.size() + 1);
  return nvml::kSuccess;
}

template <class T>
nvml::Return store(T* target, const T& value) {
  if (!target) return nvml::kInvalidArgument;
  *target = value;
  return nvml::kSuccess;
}

/** Stores a value that the card may not have. */
template <class T>
nvml::Return store(T* target, const std::optional<T>& value) {
  return value ? store(target, *value) : nvml::kNotSupported;
}

}  // namespace gpu_health::simulator
