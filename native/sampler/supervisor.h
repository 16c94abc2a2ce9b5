#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nvml/library.h"
#include "sampler/backoff.h"
#include "sampler/calling_thread.h"
#include "sampler/driver_session.h"
#include "sampler/gpu.h"
#include "sampler/status.h"

namespace gpu_health {

struct SamplerOptions {
  std::string libraryPath = nvml::kDefaultLibrary;
  Clock::duration interval;
  /** Runs on the supervising thread each time the status has changed, changes within a few milliseconds together.
   *  Must return soon and must not stop the sampler. */
  std::function<void()> onChange;
  /** Where NVML does not start, it is tried again this often, or each interval if that is longer: a driver may be loaded
   *  later, and trying at this rate costs little. */
  Clock::duration initRetry = std::chrono::seconds(5);
  /** How often what changes slowly is read. */
  Clock::duration inspectionInterval = std::chrono::seconds(5);
  /** How long after NVML was initialised again for the sake of one GPU this is done for the next time, at first: the
   *  other GPUs are not sampled meanwhile. */
  Clock::duration gpuRestartWait = std::chrono::seconds(10);
  /** How long stopping waits for a thread that is inside a call, at first for those of the GPUs, then for nvmlShutdown:
   *  twice as long as a wait for events takes. */
  Clock::duration callGrace = std::chrono::milliseconds(100);
};

/** Opens NVML, starts one thread per GPU and one for events, announces what they find, initialises NVML again when that
 *  is needed, and closes it. All threads of a sampler share it and keep it alive, so that one which returns late from a
 *  hung call still finds its state. */
class Supervisor : public std::enable_shared_from_this<Supervisor> {
 public:
  explicit Supervisor(SamplerOptions options);

  /** The body of the supervising thread. Returns after requestStop(), or at once where the library cannot be loaded. */
  void run();

  /** Any thread; never waits for the driver. */
  SamplerStatus status() const;
  /** Any thread. */
  EventQueue& events() { return session_.events.queue(); }
  /** Any thread. onChange does not run once this has returned. */
  void requestStop();
  const CallWatch& watch() const { return watch_; }
  Clock::duration callGrace() const { return options_.callGrace; }
  /** How many threads were left behind in a call. Final once run() has returned. */
  unsigned abandonedThreads() const { return abandoned_; }

 private:
  bool load();
  bool initialise();
  /** Tries for as long as it takes. False when the sampler is to stop. */
  bool initialiseAtLast();
  nvml::Return errorCode() const;
  void readVersions();
  void addGpus(unsigned count);
  void startThread(const CallWatch& watch, std::function<void()> body, Gpu* gpu);
  void awaitFirstAnswers();
  void supervise();
  bool haveAllAnswered() const;
  void addNewcomers();

  void restartIfNeeded();
  std::optional<RestartNeed> restartNeed() const;
  bool hasHangingCall() const;
  void restart(const RestartNeed& need);

  void close();
  void shutdown();
  void unload();
  void fail(OpenError error);
  void markReady();
  void announce();

  const SamplerOptions options_;
  Signals signals_;
  CallWatch watch_{signals_};
  DriverSession session_{signals_};
  std::unique_ptr<nvml::Library> library_;
  bool isInitialised_ = false;
  /** The driver was not there, or was another one, before the next initialisation. */
  bool isDriverNew_ = true;
  /** NVML counts GPUs that are none of ours, until all have answered. */
  bool mayHaveNewcomers_ = false;
  Backoff driverBackoff_;
  Backoff gpuBackoff_;
  std::vector<CallingThread> threads_;
  std::atomic<unsigned> abandoned_{0};

  std::mutex announceMutex_;
  std::function<void()> onChange_;

  mutable std::mutex mutex_;
  SamplerStatus status_;
  /** Written by the supervising thread only. */
  std::vector<std::unique_ptr<Gpu>> gpus_;
};

}  // namespace gpu_health
