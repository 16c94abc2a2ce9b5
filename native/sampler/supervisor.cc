#include "sampler/supervisor.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "nvml/return_code.h"
#include "sampler/read_text.h"

namespace gpu_health {
namespace {

using namespace std::chrono_literals;

/** How long "ready" waits for GPUs that are slow to answer: without persistence mode, opening one takes seconds. */
constexpr Clock::duration kFirstAnswerWait = 1s;
/** GPUs are sampled together; their changes within this time are announced together. */
constexpr Clock::duration kAnnounceWindow = 5ms;
/** How long a thread that is inside a call is waited for. */
constexpr Clock::duration kCallGrace = 50ms;

const char* advice(nvml::Return code) {
  switch (code) {
    case 4:
      return " This user may not use the GPUs: check the permissions of /dev/nvidia*.";
    case 9:
      return " The NVIDIA kernel driver is not loaded: check with lsmod, load it with modprobe nvidia.";
    case 18:
      return " The library and the kernel driver are of different versions, as after an update: reload the driver or "
             "reboot.";
    default:
      return "";
  }
}

}  // namespace

Supervisor::Supervisor(SamplerOptions options)
    : libraryPath_(std::move(options.libraryPath)),
      interval_(options.interval),
      initRetry_(std::max(options.interval, options.initRetry)),
      onChange_(std::move(options.onChange)) {
  status_.libraryPath = libraryPath_;
}

void Supervisor::run() {
  if (!load()) return;
  while (!initialise()) {
    if (!signals_.sleepUntil(Clock::now() + initRetry_)) {
      library_.reset();
      return;
    }
  }
  std::vector<CallingThread> gpuThreads = startGpuThreads();
  awaitFirstAnswers();
  announceChanges();
  close(std::move(gpuThreads));
}

bool Supervisor::load() {
  auto opened = watch_.run("dlopen", [this] { return nvml::Library::open(libraryPath_); });
  if (auto* error = std::get_if<nvml::LoadError>(&opened)) {
    const bool notFound = error->reason == nvml::LoadError::Reason::kNotFound;
    fail({notFound ? OpenError::Reason::kLibraryNotFound : OpenError::Reason::kLibraryInvalid,
          std::move(error->message), std::nullopt});
    return false;
  }
  library_ = std::move(std::get<std::unique_ptr<nvml::Library>>(opened));
  const std::lock_guard lock(mutex_);
  status_.simulated = library_->simulated();
  return true;
}

bool Supervisor::initialise() {
  const nvml::Functions& functions = library_->functions();
  const nvml::Return initCode = watch_.call(functions.init);
  unsigned count = 0;
  nvml::Return code = initCode;
  if (initCode == nvml::kSuccess) {
    readVersions();
    code = watch_.call(functions.deviceGetCount, &count);
    if (code != nvml::kSuccess) shutdown();
  }
  if (signals_.stopping() && code == nvml::kSuccess) shutdown();
  if (signals_.stopping()) return false;
  if (code != nvml::kSuccess) {
    const char* function = initCode == nvml::kSuccess ? functions.deviceGetCount.name : functions.init.name;
    fail({OpenError::Reason::kInitFailed,
          std::string(function) + " of " + libraryPath_ + " gave " + nvml::returnCodeName(code) + " (" +
              std::to_string(code) + ")." + advice(code),
          code});
    return false;
  }
  const std::lock_guard lock(mutex_);
  for (unsigned index = 0; index < count; ++index) gpus_.push_back(std::make_unique<Gpu>(index, signals_));
  return true;
}

void Supervisor::readVersions() {
  const nvml::Functions& functions = library_->functions();
  auto driver = readText(nvml::kVersionBytes, [&](char* text, unsigned bytes) {
    return watch_.call(functions.systemGetDriverVersion, text, bytes);
  });
  auto nvml = readText(nvml::kVersionBytes, [&](char* text, unsigned bytes) {
    return watch_.call(functions.systemGetNvmlVersion, text, bytes);
  });
  int cuda = 0;
  const nvml::Return cudaCode = watch_.call(functions.systemGetCudaDriverVersion, &cuda);
  const std::lock_guard lock(mutex_);
  status_.driverVersion = std::move(driver);
  status_.nvmlVersion = std::move(nvml);
  if (cudaCode == nvml::kSuccess) {
    status_.cudaDriverVersion = cuda;
  } else {
    status_.cudaDriverVersion = Absent{cudaCode};
  }
}

std::vector<CallingThread> Supervisor::startGpuThreads() {
  std::vector<CallingThread> threads;
  threads.reserve(gpus_.size());
  for (const auto& gpu : gpus_) {
    try {
      threads.emplace_back(gpu->watch(), [self = shared_from_this(), &gpu = *gpu] {
        gpu.sampleUntilStopped(self->library_->functions(), self->interval_);
      });
    } catch (const std::system_error&) {
      gpu->giveUp(nvml::kInsufficientResources);
    }
  }
  return threads;
}

void Supervisor::awaitFirstAnswers() {
  const TimePoint deadline = Clock::now() + kFirstAnswerWait;
  const auto answered = [](const auto& gpu) { return gpu->hasAnswered(); };
  while (!std::all_of(gpus_.begin(), gpus_.end(), answered) && signals_.takeChangeBy(deadline)) {
  }
  if (signals_.stopping()) return;
  {
    const std::lock_guard lock(mutex_);
    status_.phase = Phase::kReady;
    status_.error.reset();
  }
  announce();
}

void Supervisor::announceChanges() {
  while (signals_.awaitChange() && signals_.sleepUntil(Clock::now() + kAnnounceWindow)) {
    signals_.discardChange();
    announce();
  }
}

void Supervisor::close(std::vector<CallingThread> gpuThreads) {
  const TimePoint deadline = Clock::now() + kCallGrace;
  for (CallingThread& thread : gpuThreads) {
    if (!thread.joinBy(deadline)) ++abandoned_;
  }
  if (abandoned_ > 0) {
    // The library is in use by a call that may never end, so it can be neither shut down nor unloaded.
    library_->keepMapped();
    return;
  }
  shutdown();
  watch_.run("dlclose", [this] { library_.reset(); });
}

void Supervisor::shutdown() {
  const auto& function = library_->functions().shutdown;
  watch_.run(function.name, [&] { return function.address(); });
}

void Supervisor::fail(OpenError error) {
  {
    const std::lock_guard lock(mutex_);
    status_.phase = Phase::kFailed;
    status_.error = std::move(error);
  }
  announce();
}

void Supervisor::announce() {
  const std::lock_guard lock(announceMutex_);
  if (onChange_) onChange_();
}

void Supervisor::requestStop() {
  {
    const std::lock_guard lock(announceMutex_);
    onChange_ = nullptr;
  }
  signals_.requestStop();
}

SamplerStatus Supervisor::status() const {
  const std::lock_guard lock(mutex_);
  SamplerStatus status = status_;
  status.call = watch_.inFlight();
  status.gpus.reserve(gpus_.size());
  for (const auto& gpu : gpus_) status.gpus.push_back(gpu->status());
  return status;
}

}  // namespace gpu_health
