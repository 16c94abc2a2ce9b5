#include "simulator/engine.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <thread>

#include "simulator/model_folder.h"

namespace gpu_health::simulator {
namespace {

using namespace std::chrono_literals;

/** How soon a call that hangs or is slow notices that the state no longer says so. */
constexpr std::chrono::nanoseconds kPoll = 10ms;

bool isSameFile(const struct stat& left, const struct stat& right) {
  return left.st_dev == right.st_dev && left.st_ino == right.st_ino && left.st_size == right.st_size &&
         left.st_mtim.tv_sec == right.st_mtim.tv_sec && left.st_mtim.tv_nsec == right.st_mtim.tv_nsec;
}

}  // namespace

Engine& Engine::instance() {
  // Never destroyed: a hanging call may use it until the process is gone. Not on the heap, where an unloaded library
  // would leave it behind.
  alignas(Engine) static std::array<unsigned char, sizeof(Engine)> storage;
  static Engine& engine = *new (storage.data()) Engine;
  return engine;
}

std::shared_ptr<const State> Engine::current() {
  const std::lock_guard lock(mutex_);
  struct stat now {};
  const bool isMissing = !stateFile_.empty() && stat(stateFile_.c_str(), &now) != 0;
  if (state_ && (isMissing || isSameFile(now, seen_))) return state_;
  seen_ = now;
  try {
    const std::vector<Setting> settings = stateFile_.empty() ? std::vector<Setting>{} : readConf(stateFile_);
    state_ = std::make_shared<const State>(makeState(settings, findModelFolder()));
  } catch (const ConfError& error) {
    std::fprintf(stderr, "simulated NVML: %s (%s)\n", error.what(),
                 state_ ? "the last good state stays in force" : "nvmlInit fails until this is right");
  }
  return state_;
}

nvml::Return Engine::passFaults(const char* function, std::optional<unsigned> gpu,
                                std::shared_ptr<const State>& state) {
  const auto startedAt = std::chrono::steady_clock::now();
  state = current();
  if (!state) return nvml::kUnknown;
  std::unique_lock library(libraryMutex_, std::defer_lock);
  if (state->hangsHoldLibrary) library.lock();
  for (;;) {
    const auto left = startedAt + state->latency(function, gpu) - std::chrono::steady_clock::now();
    const bool hangs = state->hangs(function, gpu);
    if (!hangs && left <= 0ns) break;
    std::this_thread::sleep_for(hangs ? kPoll : std::min<std::chrono::nanoseconds>(left, kPoll));
    state = current();
  }
  if (!state->driverIsLoaded) return nvml::kDriverNotLoaded;
  return state->fault(function, gpu);
}

nvml::Return Engine::initialise(const char* function) {
  const Visit visit(*this);
  {
    const std::lock_guard lock(mutex_);
    const char* variable = std::getenv("NVML_SIMULATOR_STATE");
    const std::string stateFile = variable ? variable : "";
    if (stateFile != stateFile_) {
      stateFile_ = stateFile;
      state_ = nullptr;
    }
  }
  std::shared_ptr<const State> state;
  const nvml::Return code = passFaults(function, std::nullopt, state);
  const std::lock_guard lock(mutex_);
  if (code != nvml::kSuccess) return code;
  const std::size_t machine = std::hash<std::string>{}(stateFile_);
  const std::size_t version = std::hash<std::string>{}(state->driverVersion);
  if (ownVersion_ == 0 || machine != machine_) ownVersion_ = version;
  machine_ = machine;
  if (ownVersion_ != version) return nvml::kLibraryVersionMismatch;
  if (initialisations_ == 0 || driverGeneration_ != state->driverGeneration) begin(*state);
  ++initialisations_;
  return nvml::kSuccess;
}

void Engine::begin(const State& state) {
  initialisations_ = 0;
  driverGeneration_ = state.driverGeneration;
  stuck_.reset();
  countedGpus_ = 0;
  for (unsigned gpu = 0; gpu < state.gpus.size(); ++gpu) {
    if (!state.gpus[gpu].absent) counted_[countedGpus_++] = gpu;
  }
}

Engine::Visit::Visit(Engine& engine) : engine(engine) {
  const std::lock_guard lock(engine.mutex_);
  ++engine.visits_;
}

Engine::Visit::~Visit() {
  const std::lock_guard lock(engine.mutex_);
  if (--engine.visits_ > 0 || engine.initialisations_ > 0) return;
  engine.state_ = nullptr;
  std::string().swap(engine.stateFile_);
}

nvml::Return Engine::shutdown(const char* function) {
  const Visit visit(*this);
  {
    const std::lock_guard lock(mutex_);
    if (initialisations_ == 0) return nvml::kUninitialized;
  }
  std::shared_ptr<const State> state;
  const nvml::Return code = passFaults(function, std::nullopt, state);
  // A driver that is gone does not keep its client from letting go of it.
  if (code != nvml::kSuccess && code != nvml::kDriverNotLoaded) return code;
  const std::lock_guard lock(mutex_);
  if (initialisations_ > 0) --initialisations_;
  return nvml::kSuccess;
}

nvml::Return Engine::enter(const char* function, std::optional<unsigned> gpu, std::shared_ptr<const State>& state) {
  const Visit visit(*this);
  {
    const std::lock_guard lock(mutex_);
    if (initialisations_ == 0) return nvml::kUninitialized;
  }
  const nvml::Return code = passFaults(function, gpu, state);
  if (!state) return code;
  const nvml::Return driver = driverFault(*state, gpu);
  return driver == nvml::kSuccess ? code : driver;
}

nvml::Return Engine::driverFault(const State& state, std::optional<unsigned> gpu) {
  const std::lock_guard lock(mutex_);
  if (!state.driverIsLoaded) return nvml::kDriverNotLoaded;
  if (ownVersion_ != std::hash<std::string>{}(state.driverVersion)) return nvml::kLibraryVersionMismatch;
  if (driverGeneration_ != state.driverGeneration) return nvml::kUninitialized;
  if (!gpu) return nvml::kSuccess;
  if (*gpu < state.gpus.size() && (state.gpus[*gpu].lostUntilInit || state.gpus[*gpu].absent)) stuck_.set(*gpu);
  return stuck_.test(*gpu) ? nvml::kGpuIsLost : nvml::kSuccess;
}

unsigned Engine::count() {
  const std::lock_guard lock(mutex_);
  return countedGpus_;
}

unsigned Engine::gpuAt(unsigned index) {
  const std::lock_guard lock(mutex_);
  return counted_[index];
}

std::optional<unsigned> Engine::indexOf(unsigned gpu) {
  const std::lock_guard lock(mutex_);
  const auto end = counted_.begin() + countedGpus_;
  const auto found = std::find(counted_.begin(), end, gpu);
  if (found == end) return std::nullopt;
  return static_cast<unsigned>(found - counted_.begin());
}

std::optional<Target> Engine::targetOf(nvml::Device device) const {
  const char* address = reinterpret_cast<const char*>(device);
  const char* first = handles_.front().data();
  if (address < first || address >= first + sizeof handles_) return std::nullopt;
  const auto offset = static_cast<unsigned>(address - first);
  const unsigned place = offset % (1 + kMaximumMigInstances);
  return Target{offset / (1 + kMaximumMigInstances), place == 0 ? std::nullopt : std::optional(place - 1)};
}

std::string Engine::stateFile() {
  const std::lock_guard lock(mutex_);
  return stateFile_;
}

std::shared_ptr<const State> Engine::peek() {
  const Visit visit(*this);
  {
    const std::lock_guard lock(mutex_);
    if (initialisations_ == 0) return nullptr;
  }
  return current();
}

}  // namespace gpu_health::simulator
