#pragma once

#include <vector>

#include "sampler/memory_reader.h"
#include "sampler/snapshot.h"

namespace gpu_health {

/** Reads the MIG instances of a GPU. Runs on that GPU's thread. */
class MigReader {
 public:
  MigReader(const nvml::Functions& functions, CallWatch& watch, nvml::Device device)
      : functions_(functions), watch_(watch), device_(device) {}

  /** Looks which instances there are now. They change by an operator's hand only, and looking takes many calls. Changes
   *  nothing where the GPU does not tell. */
  void findInstances();
  void forgetInstances() { instances_.clear(); }

  /** The instances that were found last, with their memory as it is now. Where one cannot be read, it is looked again
   *  which there are. */
  std::vector<MigInstance> sample();

 private:
  struct Instance {
    MigInstance names;
    MemoryReader memory;
  };

  std::vector<MigInstance> readInstances();

  const nvml::Functions& functions_;
  CallWatch& watch_;
  nvml::Device device_;
  std::vector<Instance> instances_;
};

}  // namespace gpu_health
