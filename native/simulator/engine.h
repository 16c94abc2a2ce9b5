#pragma once

#include <sys/stat.h>

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "simulator/state.h"

namespace gpu_health::simulator {

/** The process's one simulated driver: follows the state file and puts the faults that it describes before each call. */
class Engine {
 public:
  static Engine& instance();

  /** Follows the state file that NVML_SIMULATOR_STATE names now; one H200 where it names none. */
  nvml::Return initialise(const char* function);
  nvml::Return shutdown(const char* function);

  /** Waits and hangs as the state says. Then kSuccess with the state that the call is to answer from, or the code that
   *  it is to return. */
  nvml::Return enter(const char* function, std::optional<unsigned> gpu, std::shared_ptr<const State>& state);

  nvml::Device handle(unsigned index) { return reinterpret_cast<nvml::Device>(&handles_[index]); }
  std::optional<unsigned> indexOf(nvml::Device device) const;

  /** Returns when no hanging call holds the library. */
  void awaitRelease() { const std::lock_guard lock(libraryMutex_); }

 private:
  Engine();
  std::shared_ptr<const State> current();
  nvml::Return passFaults(const char* function, std::optional<unsigned> gpu, std::shared_ptr<const State>& state);

  const std::string modelFolder_;
  /** Held by a call that hangs where `hang.mode = global`. */
  std::mutex libraryMutex_;
  /** A device handle is the address of its entry. */
  std::array<char, kMaximumGpus> handles_{};

  std::mutex mutex_;
  unsigned initialisations_ = 0;
  std::string stateFile_;
  struct stat seen_ {};
  std::shared_ptr<const State> state_;
};

}  // namespace gpu_health::simulator
