#pragma once

#include <sys/stat.h>

#include <array>
#include <bitset>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "simulator/state.h"

namespace gpu_health::simulator {

/** What a handle stands for: a GPU, or one MIG instance of it. */
struct Target {
  unsigned gpu;
  std::optional<unsigned> migInstance;
};

/** The process's one simulated driver: follows the state file and puts the faults that it describes before each call.
 *  Holds no memory while NVML is not initialised, so that a library that is unloaded leaves nothing behind. */
class Engine {
 public:
  static Engine& instance();

  /** Follows the state file that NVML_SIMULATOR_STATE names now; one H200 where it names none. */
  nvml::Return initialise(const char* function);
  nvml::Return shutdown(const char* function);

  /** Waits and hangs as the state says. Then kSuccess with the state that the call is to answer from, or the code that
   *  it is to return. */
  nvml::Return enter(const char* function, std::optional<unsigned> gpu, std::shared_ptr<const State>& state);

  /** How many GPUs there were when NVML was initialised. */
  unsigned count();
  /** The GPU that NVML counts as the one with this index. `index` is less than count(). */
  unsigned gpuAt(unsigned index);
  /** The index that NVML counts a GPU with. */
  std::optional<unsigned> indexOf(unsigned gpu);

  nvml::Device handle(unsigned gpu) { return reinterpret_cast<nvml::Device>(&handles_[gpu][0]); }
  nvml::Device migHandle(unsigned gpu, unsigned instance) {
    return reinterpret_cast<nvml::Device>(&handles_[gpu][1 + instance]);
  }
  std::optional<Target> targetOf(nvml::Device device) const;

  /** The state as it is, without any fault; null where NVML is not initialised. */
  std::shared_ptr<const State> peek();

  /** The file that is followed; empty where there is none. */
  std::string stateFile();

  /** Returns when no hanging call holds the library. */
  void awaitRelease() { const std::lock_guard lock(libraryMutex_); }

 private:
  /** A call that is inside. The last one out, of an NVML that is not initialised, releases what is held. */
  struct Visit {
    explicit Visit(Engine& engine);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    Engine& engine;
  };

  std::shared_ptr<const State> current();
  nvml::Return passFaults(const char* function, std::optional<unsigned> gpu, std::shared_ptr<const State>& state);
  nvml::Return driverFault(const State& state, std::optional<unsigned> gpu);
  void begin(const State& state);

  /** Held by a call that hangs where `hang.mode = global`. */
  std::mutex libraryMutex_;
  /** A device handle is the address of its entry: of each GPU, first its own and then those of its instances. */
  std::array<std::array<char, 1 + kMaximumMigInstances>, kMaximumGpus> handles_{};

  std::mutex mutex_;
  unsigned initialisations_ = 0;
  unsigned visits_ = 0;
  std::string stateFile_;
  struct stat seen_ {};
  std::shared_ptr<const State> state_;
  /** The state file's name, and the driver's version when this library was first initialised with that file: the version
   *  that the library is of. Hashes, since these outlive what is released. */
  std::size_t machine_ = 0;
  std::size_t ownVersion_ = 0;
  /** As of the last initialisation. */
  std::uint64_t driverGeneration_ = 0;
  std::array<unsigned, kMaximumGpus> counted_{};
  unsigned countedGpus_ = 0;
  /** GPUs that stay lost until NVML is initialised again. */
  std::bitset<kMaximumGpus> stuck_;
};

}  // namespace gpu_health::simulator
