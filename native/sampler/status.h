#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sampler/call_watch.h"
#include "sampler/inspection.h"
#include "sampler/snapshot.h"

namespace gpu_health {

/** One GPU as the sampler knows it at one moment. */
struct GpuStatus {
  unsigned index;
  /** NVML's answer to the request for a handle; kNotReady until there was one. */
  nvml::Return handleCode;
  /** Null until a handle was had. */
  std::shared_ptr<const Identity> identity;
  /** The newest reading; null until there was one. */
  std::shared_ptr<const Snapshot> snapshot;
  /** The newest inspection; null until there was one. */
  std::shared_ptr<const Inspection> inspection;
  /** The call that this GPU's thread is in. */
  std::optional<CallInFlight> call;
};

enum class Phase { kOpening, kReady, kFailed };

struct OpenError {
  enum class Reason { kLibraryNotFound, kLibraryInvalid, kInitFailed };
  Reason reason;
  std::string message;
  /** NVML's return code, where NVML gave one. */
  std::optional<nvml::Return> code;
};

/** A copy of what a sampler knows. */
struct SamplerStatus {
  Phase phase = Phase::kOpening;
  std::string libraryPath;
  bool simulated = false;
  /** Set exactly while `phase` is kFailed. */
  std::optional<OpenError> error;
  Reading<std::string> driverVersion = Absent{nvml::kUninitialized};
  Reading<std::string> nvmlVersion = Absent{nvml::kUninitialized};
  /** 1000 * major + 10 * minor. */
  Reading<int> cudaDriverVersion = Absent{nvml::kUninitialized};
  /** How often NVML was initialised. */
  std::uint64_t generation = 0;
  /** When NVML was first initialised with the driver that is loaded now. */
  TimePoint driverLoadedAt{};
  Reading<bool> eventsSupported = Absent{nvml::kNotReady};
  /** The call that the supervising thread is in. */
  std::optional<CallInFlight> call;
  /** By index. Grows when the driver says that there are more, and never shrinks. */
  std::vector<GpuStatus> gpus;
};

}  // namespace gpu_health
