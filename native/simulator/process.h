#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "simulator/conf.h"

namespace gpu_health::simulator {

enum class ProcessKind { kCompute, kGraphics, kMps };

/** A process that has a context on a GPU. */
struct Process {
  ProcessKind kind = ProcessKind::kCompute;
  /** Empty: the driver does not tell. */
  std::optional<std::uint64_t> usedBytes = 0;
  std::string name;
  /** The process has ended, but the driver still counts it. */
  bool isGone = false;
  /** The index of its MIG instance. */
  std::optional<std::uint32_t> migInstance;
};

/** By pid. */
using Processes = std::map<std::uint32_t, Process>;

/** Takes the setting if it is `process.PID.…`. */
bool applyProcess(Processes& processes, const std::string& key, const Setting& setting);

}  // namespace gpu_health::simulator
