#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nvml/library.h"
#include "sampler/calling_thread.h"
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
};

/** Opens NVML, starts one thread per GPU, announces their changes and closes NVML again. All threads of a sampler share
 *  it and keep it alive, so that one which returns late from a hung call still finds its state. */
class Supervisor : public std::enable_shared_from_this<Supervisor> {
 public:
  explicit Supervisor(SamplerOptions options);

  /** The body of the supervising thread. Returns after requestStop(), or at once where the library cannot be loaded. */
  void run();

  /** Any thread; never waits for the driver. */
  SamplerStatus status() const;
  /** Any thread. onChange does not run once this has returned. */
  void requestStop();
  const CallWatch& watch() const { return watch_; }
  /** How many GPU threads were left behind in a call. Final once run() has returned. */
  unsigned abandonedGpuThreads() const { return abandoned_; }

 private:
  bool load();
  bool initialise();
  void readVersions();
  std::vector<CallingThread> startGpuThreads();
  void awaitFirstAnswers();
  void announceChanges();
  void close(std::vector<CallingThread> gpuThreads);
  void shutdown();
  void fail(OpenError error);
  void announce();

  const std::string libraryPath_;
  const Clock::duration interval_;
  const Clock::duration initRetry_;
  Signals signals_;
  CallWatch watch_{signals_};
  std::unique_ptr<nvml::Library> library_;
  std::atomic<unsigned> abandoned_{0};

  std::mutex announceMutex_;
  std::function<void()> onChange_;

  mutable std::mutex mutex_;
  SamplerStatus status_;
  /** Written by the supervising thread only. */
  std::vector<std::unique_ptr<Gpu>> gpus_;
};

}  // namespace gpu_health
