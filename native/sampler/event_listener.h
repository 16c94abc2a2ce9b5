#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>

#include "nvml/functions.h"
#include "sampler/call_watch.h"
#include "sampler/driver_gate.h"
#include "sampler/event_queue.h"
#include "sampler/reading.h"

namespace gpu_health {

/** Hears what the driver tells by itself, on a thread of its own. Each GPU's thread registers that GPU, so that one that
 *  hangs there keeps nobody waiting. */
class EventListener {
 public:
  EventListener(Signals& signals, DriverGate& gate) : signals_(signals), gate_(gate), watch_(signals) {}

  // The supervising thread, while nobody is inside the gate.

  /** Begins after NVML was initialised. `watch` is the calling thread's. */
  void open(const nvml::Functions& functions, CallWatch& watch);
  /** Ends before NVML is shut down. */
  void close(CallWatch& watch);

  // A GPU's thread, inside the gate.

  /** Changes whenever each GPU has to be registered anew. */
  std::uint64_t epoch() const;
  /** Registers a GPU's handle. What happens on it from now on is not lost. */
  void add(unsigned gpu, nvml::Device device, CallWatch& watch);

  /** The body of the listening thread. */
  void listenUntilStopped();

  // Any thread.

  /** Whether events of one GPU at least come; else why not. */
  Reading<bool> isSupported() const;
  EventQueue& queue() { return queue_; }
  const CallWatch& watch() const { return watch_; }

 private:
  /** An event set, and how many GPUs are being registered with it at the moment. */
  struct Set {
    nvml::EventSet handle;
    unsigned users;
  };

  nvml::Return create(CallWatch& watch);
  nvml::Return waitOnce();
  void freeOld();
  void free(nvml::EventSet handle, CallWatch& watch);
  void push(const nvml::EventData& data);

  Signals& signals_;
  DriverGate& gate_;
  CallWatch watch_;
  EventQueue queue_;

  mutable std::mutex mutex_;
  const nvml::Functions* functions_ = nullptr;
  /** The one in use is the last. Those before it wait until nobody uses them to be freed. */
  std::list<Set> sets_;
  std::uint64_t epoch_ = 0;
  std::map<nvml::Device, unsigned> gpus_;
  /** kNotReady until a GPU was registered or refused. */
  nvml::Return code_ = nvml::kNotReady;
};

}  // namespace gpu_health
