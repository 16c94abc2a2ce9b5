#include "simulator/engine.h"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace gpu_health::simulator {
namespace {

using namespace std::chrono_literals;

/** How soon a call that hangs or is slow notices that the state no longer says so. */
constexpr std::chrono::nanoseconds kPoll = 10ms;

/** The folder "models" beside this library. */
std::string findModelFolder() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&findModelFolder), &info);
  const std::string library = info.dli_fname ? info.dli_fname : "";
  return library.substr(0, library.rfind('/') + 1) + "models";
}

bool isSameFile(const struct stat& left, const struct stat& right) {
  return left.st_dev == right.st_dev && left.st_ino == right.st_ino && left.st_size == right.st_size &&
         left.st_mtim.tv_sec == right.st_mtim.tv_sec && left.st_mtim.tv_nsec == right.st_mtim.tv_nsec;
}

}  // namespace

Engine& Engine::instance() {
  // Never destroyed: a hanging call may use it until the process is gone.
  static Engine& engine = *new Engine;
  return engine;
}

Engine::Engine() : modelFolder_(findModelFolder()) {}

std::shared_ptr<const State> Engine::current() {
  const std::lock_guard lock(mutex_);
  struct stat now {};
  const bool isMissing = !stateFile_.empty() && stat(stateFile_.c_str(), &now) != 0;
  if (state_ && (isMissing || isSameFile(now, seen_))) return state_;
  seen_ = now;
  try {
    const std::vector<Setting> settings = stateFile_.empty() ? std::vector<Setting>{} : readConf(stateFile_);
    state_ = std::make_shared<const State>(makeState(settings, modelFolder_));
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
  return state->fault(function, gpu);
}

nvml::Return Engine::initialise(const char* function) {
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
  if (code != nvml::kSuccess) return code;
  const std::lock_guard lock(mutex_);
  ++initialisations_;
  return nvml::kSuccess;
}

nvml::Return Engine::shutdown(const char* function) {
  std::shared_ptr<const State> state;
  const nvml::Return code = enter(function, std::nullopt, state);
  if (code != nvml::kSuccess) return code;
  const std::lock_guard lock(mutex_);
  --initialisations_;
  return nvml::kSuccess;
}

nvml::Return Engine::enter(const char* function, std::optional<unsigned> gpu, std::shared_ptr<const State>& state) {
  {
    const std::lock_guard lock(mutex_);
    if (initialisations_ == 0) return nvml::kUninitialized;
  }
  return passFaults(function, gpu, state);
}

std::optional<unsigned> Engine::indexOf(nvml::Device device) const {
  const char* address = reinterpret_cast<const char*>(device);
  if (address < handles_.data() || address >= handles_.data() + handles_.size()) return std::nullopt;
  return static_cast<unsigned>(address - handles_.data());
}

}  // namespace gpu_health::simulator
