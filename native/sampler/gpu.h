#pragma once

#include <memory>
#include <mutex>

#include "sampler/device_reader.h"
#include "sampler/status.h"

namespace gpu_health {

/** One GPU: its thread's work, and what that thread last published. */
class Gpu {
 public:
  Gpu(unsigned index, Signals& signals) : index_(index), signals_(signals), watch_(signals) {}

  /** The body of this GPU's thread: gets a handle, then samples at each tick until the sampler stops. */
  void sampleUntilStopped(const nvml::Functions& functions, Clock::duration interval);

  /** Says that this GPU gets no thread. */
  void giveUp(nvml::Return code) { publishHandle(code); }

  /** Any thread; never waits for the driver. */
  GpuStatus status() const;
  /** Whether the driver has answered once, with a reading or a refusal. */
  bool hasAnswered() const;
  const CallWatch& watch() const { return watch_; }

 private:
  std::unique_ptr<DeviceReader> open(const nvml::Functions& functions);
  void publishHandle(nvml::Return code);
  void publish(std::shared_ptr<const Identity> identity, Snapshot snapshot);

  const unsigned index_;
  Signals& signals_;
  CallWatch watch_;

  mutable std::mutex mutex_;
  nvml::Return handleCode_ = nvml::kNotReady;
  std::shared_ptr<const Identity> identity_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace gpu_health
