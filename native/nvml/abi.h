// The part of NVML's binary interface that this product uses, written from NVIDIA's public API reference.
// Both sides include it: the loader (native/nvml) and the simulated library (native/simulator).
#pragma once

#include <cstddef>
#include <cstdint>

namespace gpu_health::nvml {

/** An nvmlReturn_t, as a number: drivers newer than this source return codes that it has no name for. */
using Return = int;

inline constexpr Return kSuccess = 0;
inline constexpr Return kUninitialized = 1;
inline constexpr Return kInvalidArgument = 2;
inline constexpr Return kNotSupported = 3;
inline constexpr Return kNotFound = 6;
inline constexpr Return kInsufficientSize = 7;
inline constexpr Return kFunctionNotFound = 13;
inline constexpr Return kGpuIsLost = 15;
inline constexpr Return kInsufficientResources = 23;
inline constexpr Return kArgumentVersionMismatch = 25;
inline constexpr Return kDeprecated = 26;
inline constexpr Return kNotReady = 27;
inline constexpr Return kUnknown = 999;

/** nvmlDevice_t: an opaque pointer that the library hands out. */
using Device = struct OpaqueDevice*;

inline constexpr unsigned kClockGraphics = 0;
inline constexpr unsigned kClockSm = 1;
inline constexpr unsigned kClockMemory = 2;
inline constexpr unsigned kClockVideo = 3;
inline constexpr unsigned kClockTypeCount = 4;

inline constexpr unsigned kTemperatureSensorGpu = 0;

// Buffer sizes that NVML promises to be enough, in bytes with the terminating zero.
inline constexpr std::size_t kUuidBytes = 96;
inline constexpr std::size_t kNameBytes = 96;
inline constexpr std::size_t kSerialBytes = 30;
inline constexpr std::size_t kVersionBytes = 80;
inline constexpr std::size_t kBusIdBytes = 32;
inline constexpr std::size_t kLegacyBusIdBytes = 16;

/** nvmlMemory_t. `usedBytes` includes what the driver reserves for itself. */
struct Memory {
  std::uint64_t totalBytes;
  std::uint64_t freeBytes;
  std::uint64_t usedBytes;
};

/** nvmlMemory_v2_t. total = reserved + used + free. */
struct MemoryV2 {
  std::uint32_t version;
  std::uint64_t totalBytes;
  std::uint64_t reservedBytes;
  std::uint64_t freeBytes;
  std::uint64_t usedBytes;
};

/** nvmlUtilization_t: share of the driver's last sampling period, in percent. */
struct Utilization {
  std::uint32_t gpuPercent;
  std::uint32_t memoryPercent;
};

/** nvmlPciInfo_t. Drivers without nvmlDeviceGetPciInfo_v3 fill `busIdLegacy` only. */
struct PciInfo {
  char busIdLegacy[kLegacyBusIdBytes];
  std::uint32_t domain;
  std::uint32_t bus;
  std::uint32_t device;
  std::uint32_t pciDeviceId;
  std::uint32_t pciSubSystemId;
  char busId[kBusIdBytes];
};

/** nvmlTemperature_v1_t. */
struct Temperature {
  std::uint32_t version;
  std::uint32_t sensor;
  std::int32_t celsius;
};

/** What a caller writes into `version`, so that the library knows which layout it was given. */
template <class Struct>
constexpr std::uint32_t versionWord(std::uint32_t version) {
  return static_cast<std::uint32_t>(sizeof(Struct)) | (version << 24U);
}

inline constexpr std::uint32_t kMemoryV2Version = versionWord<MemoryV2>(2);
inline constexpr std::uint32_t kTemperatureVersion = versionWord<Temperature>(1);

static_assert(kMemoryV2Version == 0x02000028);
static_assert(kTemperatureVersion == 0x0100000c);
static_assert(sizeof(PciInfo) == 68);

}  // namespace gpu_health::nvml
