#pragma once

#include <cstdint>

#include "nvml/functions.h"
#include "sampler/driver_gate.h"
#include "sampler/event_listener.h"
#include "sampler/gpu_places.h"
#include "sampler/process_table.h"

namespace gpu_health {

/** What GPU threads share of the driver. Written by the supervising thread while nobody is inside the gate. */
struct DriverSession {
  explicit DriverSession(Signals& signals) : events(signals, gate) {}

  DriverGate gate;
  EventListener events;
  GpuPlaces places;
  const nvml::Functions* functions = nullptr;
  ProcessTable processes;
  /** Counts the initialisations of NVML: handles of another one are not valid. */
  std::uint64_t generation = 0;
  /** How many GPUs NVML counts. */
  unsigned count = 0;
};

}  // namespace gpu_health
