#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "sampler/device_reader.h"
#include "sampler/driver_session.h"
#include "sampler/inspector.h"
#include "sampler/memory_growth.h"
#include "sampler/restart_advice.h"
#include "sampler/status.h"

namespace gpu_health {

struct SamplingIntervals {
  Clock::duration sample;
  Clock::duration inspection;
};

/** One GPU: its thread's work, and what that thread last published. */
class Gpu {
 public:
  Gpu(unsigned index, Signals& signals) : index_(index), signals_(signals), watch_(signals) {}

  /** The body of this GPU's thread: samples at each tick, inspects as often as that is due and once much more memory is
   *  in use, until the sampler stops. Gets a handle first, and a new one whenever the old one is of no use. */
  void sampleUntilStopped(DriverSession& session, SamplingIntervals intervals);

  /** Says that this GPU cannot be asked, and why. The supervising thread, while this GPU's is not inside the gate. */
  void giveUp(nvml::Return code) { publishHandle(code); }
  /** NVML was initialised again: what was noted before does not count. The supervising thread, as above. */
  void beginGeneration();

  /** Any thread; never waits for the driver. */
  GpuStatus status() const;
  /** Whether the driver has answered since it was initialised, with a reading or a refusal. */
  bool hasAnswered() const;
  std::optional<RestartNeed> restartNeed() const;
  const CallWatch& watch() const { return watch_; }

 private:
  /** What belongs to one handle. */
  struct Handle {
    Handle(const nvml::Functions& functions, CallWatch& watch, nvml::Device device, const ProcessTable& processes)
        : device(device), reader(functions, watch, device), inspector(functions, watch, device, processes) {}

    nvml::Device device;
    DeviceReader reader;
    Inspector inspector;
    /** Of the listener, when this GPU was registered with it. */
    std::uint64_t eventEpoch = 0;
    /** A sample said that the GPU is lost: a new handle may do better. */
    bool isLost = false;
  };

  void sampleOnce(DriverSession& session, Clock::duration inspectionInterval);
  void renewHandle(DriverSession& session);
  nvml::Return findDevice(DriverSession& session, nvml::Device& device);
  nvml::Return findNewcomer(DriverSession& session, nvml::Device& device);
  void inspect(Clock::duration interval);

  void publishHandle(nvml::Return code);
  void publish(std::shared_ptr<const Identity> identity, Snapshot snapshot);
  void publish(Inspection inspection);

  const unsigned index_;
  Signals& signals_;
  CallWatch watch_;

  // This GPU's thread only.
  std::optional<Handle> handle_;
  std::uint64_t generation_ = 0;
  std::optional<std::string> pciBusId_;
  std::shared_ptr<const Identity> foundIdentity_;
  std::uint64_t snapshots_ = 0;
  std::uint64_t inspections_ = 0;
  TimePoint nextInspection_{};
  MemoryGrowth memoryGrowth_;

  mutable std::mutex mutex_;
  nvml::Return handleCode_ = nvml::kNotReady;
  bool hasAnswered_ = false;
  RestartAdvice advice_;
  std::shared_ptr<const Identity> identity_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const Inspection> inspection_;
};

}  // namespace gpu_health
