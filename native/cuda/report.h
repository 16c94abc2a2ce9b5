// What the probe tells, as JSON Lines on standard output. Each line is written before the next step begins, so what is
// there when the program hangs or crashes says where. src/checks/gpu/cuda-report.ts reads it.
#pragma once

#include <string>

#include "cuda/library.h"

namespace gpu_health::cuda {

/** A device as CUDA shows it. */
struct DeviceInfo {
  Device ordinal;
  /** "GPU-" and 32 digits in groups, as NVML has it. Of a MIG device: the UUID of the whole GPU. */
  std::string uuid;
  bool isMig;
  int computeMode;
};

namespace report {

void loading();
void loaded(const std::string& path);
void notLoaded(const LoadError& error);
/** The library lacks a function that the next step needs. */
void missing(const char* function);
void calling(const char* function);
/** `name`: the driver's for the code, or null where it has none. */
void returned(const char* function, Result code, const char* name, double durationMs);
void driverVersion(int version);
void device(const DeviceInfo& info);
/** A device file that cannot be opened, which is the usual reason for an initialisation that fails. */
void deviceFile(const std::string& path, const char* error);
/** The calls from here to `computed` are about this device. */
void kernel(const std::string& uuid);
void computed(const std::string& uuid, unsigned words, unsigned wrongWords, double durationMs);
/** All that was asked for was tried. */
void done();

}  // namespace report
}  // namespace gpu_health::cuda
