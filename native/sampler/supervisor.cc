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
/** NVML is not initialised again while a call has taken this long: it may hang. */
constexpr Clock::duration kSlowCall = 250ms;
/** How long samples that have begun are waited for before NVML is shut down. */
constexpr Clock::duration kRestartGrace = 1s;
/** The times between attempts to initialise NVML again, for the driver's sake and for one GPU's. */
constexpr Clock::duration kFirstDriverRestartWait = 1s;
constexpr Clock::duration kDriverRestartWait = 30s;
constexpr Clock::duration kGpuRestartWait = 10min;

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
    : options_(std::move(options)),
      driverBackoff_(std::min(options_.initRetry, kFirstDriverRestartWait), kDriverRestartWait),
      gpuBackoff_(options_.gpuRestartWait, std::max(options_.gpuRestartWait, kGpuRestartWait)),
      onChange_(options_.onChange) {
  status_.libraryPath = options_.libraryPath;
}

void Supervisor::run() {
  if (!load()) return;
  if (!initialiseAtLast()) {
    unload();
    return;
  }
  addGpus(session_.count);
  startThread(session_.events.watch(), [this] { session_.events.listenUntilStopped(); }, nullptr);
  session_.gate.open();
  awaitFirstAnswers();
  supervise();
  close();
}

bool Supervisor::load() {
  auto opened = watch_.run("dlopen", [this] { return nvml::Library::open(options_.libraryPath); });
  if (auto* error = std::get_if<nvml::LoadError>(&opened)) {
    const bool notFound = error->reason == nvml::LoadError::Reason::kNotFound;
    fail({notFound ? OpenError::Reason::kLibraryNotFound : OpenError::Reason::kLibraryInvalid,
          std::move(error->message), std::nullopt});
    return false;
  }
  library_ = std::move(std::get<std::unique_ptr<nvml::Library>>(opened));
  session_.functions = &library_->functions();
  auto* const exists = library_->simulatedProcessExists();
  session_.processes = exists ? simulatedProcesses(exists) : kernelProcesses();
  const std::lock_guard lock(mutex_);
  status_.simulated = library_->simulated();
  return true;
}

bool Supervisor::initialise() {
  const nvml::Functions& functions = library_->functions();
  const nvml::Return initCode = watch_.call(functions.init);
  isInitialised_ = initCode == nvml::kSuccess;
  nvml::Return code = initCode;
  if (isInitialised_) {
    readVersions();
    code = watch_.call(functions.deviceGetCount, &session_.count);
    if (code != nvml::kSuccess || signals_.stopping()) shutdown();
  }
  if (signals_.stopping()) return false;
  if (code != nvml::kSuccess) {
    const char* function = initCode == nvml::kSuccess ? functions.deviceGetCount.name : functions.init.name;
    fail({OpenError::Reason::kInitFailed,
          std::string(function) + " of " + options_.libraryPath + " gave " + nvml::returnCodeName(code) + " (" +
              std::to_string(code) + ")." + advice(code),
          code});
    return false;
  }
  ++session_.generation;
  session_.events.open(functions, watch_);
  const std::lock_guard lock(mutex_);
  status_.generation = session_.generation;
  if (isDriverNew_) status_.driverLoadedAt = Clock::now();
  isDriverNew_ = false;
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

void Supervisor::addGpus(unsigned count) {
  for (unsigned added = 0; added < count; ++added) {
    Gpu* gpu = nullptr;
    {
      const std::lock_guard lock(mutex_);
      gpus_.push_back(std::make_unique<Gpu>(static_cast<unsigned>(gpus_.size()), signals_));
      gpu = gpus_.back().get();
    }
    const SamplingIntervals intervals{options_.interval, options_.inspectionInterval};
    startThread(gpu->watch(), [this, gpu, intervals] { gpu->sampleUntilStopped(session_, intervals); }, gpu);
  }
}

void Supervisor::startThread(const CallWatch& watch, std::function<void()> body, Gpu* gpu) {
  try {
    threads_.emplace_back(watch, [self = shared_from_this(), body = std::move(body)] { body(); });
  } catch (const std::system_error&) {
    if (gpu) gpu->giveUp(nvml::kInsufficientResources);
  }
}

void Supervisor::awaitFirstAnswers() {
  const TimePoint deadline = Clock::now() + kFirstAnswerWait;
  while (!haveAllAnswered() && signals_.takeChangeBy(deadline)) {
  }
  if (!signals_.stopping()) markReady();
}

bool Supervisor::haveAllAnswered() const {
  return std::all_of(gpus_.begin(), gpus_.end(), [](const auto& gpu) { return gpu->hasAnswered(); });
}

void Supervisor::supervise() {
  while (signals_.awaitChange() && signals_.sleepUntil(Clock::now() + kAnnounceWindow)) {
    signals_.discardChange();
    announce();
    addNewcomers();
    restartIfNeeded();
  }
}

void Supervisor::addNewcomers() {
  if (!mayHaveNewcomers_ || !haveAllAnswered()) return;
  mayHaveNewcomers_ = false;
  const auto isGone = [](const auto& gpu) { return gpu->status().handleCode == nvml::kGpuNotFound; };
  const auto found = gpus_.size() - static_cast<std::size_t>(std::count_if(gpus_.begin(), gpus_.end(), isGone));
  if (session_.count > found) addGpus(session_.count - static_cast<unsigned>(found));
}

std::optional<RestartNeed> Supervisor::restartNeed() const {
  std::optional<RestartNeed> need;
  for (const auto& gpu : gpus_) {
    const auto ofGpu = gpu->restartNeed();
    if (ofGpu && (!need || ofGpu->scope == RestartNeed::Scope::kDriver)) need = ofGpu;
  }
  return need;
}

bool Supervisor::hasHangingCall() const {
  const TimePoint now = Clock::now();
  const auto hangs = [now](const CallWatch& watch) {
    const auto call = watch.inFlight();
    return call && now - call->startedAt > kSlowCall;
  };
  return hangs(session_.events.watch()) ||
         std::any_of(gpus_.begin(), gpus_.end(), [&](const auto& gpu) { return hangs(gpu->watch()); });
}

void Supervisor::restartIfNeeded() {
  const auto need = restartNeed();
  if (!need) return;
  Backoff& backoff = need->scope == RestartNeed::Scope::kDriver ? driverBackoff_ : gpuBackoff_;
  // NVML is not safe to shut down under a call that hangs. The other GPUs go on meanwhile.
  if (!backoff.isOver(Clock::now()) || hasHangingCall()) return;
  backoff.noteAttempt(Clock::now());
  if (!session_.gate.closeBy(Clock::now() + kRestartGrace)) return;
  restart(*need);
  session_.gate.open();
  signals_.nudge();
}

void Supervisor::restart(const RestartNeed& need) {
  session_.events.close(watch_);
  shutdown();
  // What is mapped is of the driver that was there at first. The file was replaced together with the driver.
  if (need.code == nvml::kLibraryVersionMismatch) unload();
  if (need.scope == RestartNeed::Scope::kDriver) isDriverNew_ = true;
  if (!initialiseAtLast()) return;
  for (const auto& gpu : gpus_) gpu->beginGeneration();
  mayHaveNewcomers_ = true;
  markReady();
}

bool Supervisor::initialiseAtLast() {
  while (!((library_ || load()) && initialise())) {
    const auto code = errorCode();
    for (const auto& gpu : gpus_) gpu->giveUp(code);
    isDriverNew_ = true;
    announce();
    if (!signals_.sleepUntil(Clock::now() + std::max(options_.interval, options_.initRetry))) return false;
    unload();
  }
  return true;
}

nvml::Return Supervisor::errorCode() const {
  const std::lock_guard lock(mutex_);
  return status_.error && status_.error->code ? *status_.error->code : nvml::kUninitialized;
}

void Supervisor::close() {
  const TimePoint deadline = Clock::now() + options_.callGrace;
  for (CallingThread& thread : threads_) {
    if (!thread.joinBy(deadline)) ++abandoned_;
  }
  // Each keeps this alive as long as it is kept.
  threads_.clear();
  if (abandoned_ > 0) {
    // The library is in use by a call that may never end, so it can be neither shut down nor unloaded.
    library_->keepMapped();
    return;
  }
  if (isInitialised_) {
    session_.events.close(watch_);
    shutdown();
  }
  unload();
}

void Supervisor::shutdown() {
  const auto& function = library_->functions().shutdown;
  watch_.run(function.name, [&] { return function.address(); });
  isInitialised_ = false;
}

void Supervisor::unload() {
  watch_.run("dlclose", [this] { library_.reset(); });
}

void Supervisor::fail(OpenError error) {
  {
    const std::lock_guard lock(mutex_);
    status_.phase = Phase::kFailed;
    status_.error = std::move(error);
  }
  announce();
}

void Supervisor::markReady() {
  {
    const std::lock_guard lock(mutex_);
    status_.phase = Phase::kReady;
    status_.error.reset();
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
  session_.gate.requestStop();
}

SamplerStatus Supervisor::status() const {
  const std::lock_guard lock(mutex_);
  SamplerStatus status = status_;
  status.eventsSupported = session_.events.isSupported();
  status.call = watch_.inFlight();
  status.gpus.reserve(gpus_.size());
  for (const auto& gpu : gpus_) status.gpus.push_back(gpu->status());
  return status;
}

}  // namespace gpu_health
