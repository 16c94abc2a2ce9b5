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
inline constexpr Return kDriverNotLoaded = 9;
inline constexpr Return kTimeout = 10;
inline constexpr Return kFunctionNotFound = 13;
inline constexpr Return kGpuIsLost = 15;
inline constexpr Return kLibraryVersionMismatch = 18;
inline constexpr Return kInsufficientResources = 23;
inline constexpr Return kArgumentVersionMismatch = 25;
inline constexpr Return kDeprecated = 26;
inline constexpr Return kNotReady = 27;
inline constexpr Return kGpuNotFound = 28;
inline constexpr Return kUnknown = 999;

/** nvmlDevice_t: an opaque pointer that the library hands out. */
using Device = struct OpaqueDevice*;

/** nvmlEventSet_t: an opaque pointer that the library hands out. */
using EventSet = struct OpaqueEventSet*;

inline constexpr unsigned kClockGraphics = 0;
inline constexpr unsigned kClockSm = 1;
inline constexpr unsigned kClockMemory = 2;
inline constexpr unsigned kClockVideo = 3;
inline constexpr unsigned kClockTypeCount = 4;

inline constexpr unsigned kTemperatureSensorGpu = 0;

inline constexpr unsigned kThresholdShutdown = 0;
inline constexpr unsigned kThresholdSlowdown = 1;
inline constexpr unsigned kThresholdMemoryMaximum = 2;
inline constexpr unsigned kThresholdGpuMaximum = 3;
inline constexpr unsigned kThresholdCount = 4;

// nvmlMemoryErrorType_t and nvmlEccCounterType_t.
inline constexpr unsigned kErrorCorrected = 0;
inline constexpr unsigned kErrorUncorrected = 1;
inline constexpr unsigned kCounterVolatile = 0;
inline constexpr unsigned kCounterAggregate = 1;

// nvmlPageRetirementCause_t.
inline constexpr unsigned kRetiredForSingleBitErrors = 0;
inline constexpr unsigned kRetiredForDoubleBitError = 1;

/** As many links as a GPU of any generation has. */
inline constexpr unsigned kMaximumNvlinks = 36;

// nvmlNvLinkErrorCounter_t.
inline constexpr unsigned kNvlinkReplay = 0;
inline constexpr unsigned kNvlinkRecovery = 1;
inline constexpr unsigned kNvlinkCrcFlit = 2;
inline constexpr unsigned kNvlinkCrcData = 3;

// nvmlEventType*, one bit each.
inline constexpr std::uint64_t kEventSingleBitEcc = 0x1;
inline constexpr std::uint64_t kEventDoubleBitEcc = 0x2;
inline constexpr std::uint64_t kEventPowerState = 0x4;
inline constexpr std::uint64_t kEventXid = 0x8;
inline constexpr std::uint64_t kEventClock = 0x10;
inline constexpr std::uint64_t kEventMigConfiguration = 0x100;
inline constexpr std::uint64_t kEventRetirement = 0x400;
inline constexpr std::uint64_t kEventRetirementFailure = 0x800;
inline constexpr std::uint64_t kEventNonFatalPoison = 0x1000;
inline constexpr std::uint64_t kEventFatalPoison = 0x2000;
inline constexpr std::uint64_t kEventGpuUnavailable = 0x4000;
inline constexpr std::uint64_t kEventRecoveryAction = 0x8000;

/** In an event and in a process's ids: no MIG instance, but the whole GPU. */
inline constexpr std::uint32_t kNoInstance = 0xFFFFFFFF;

/** Of a process: the driver does not tell how much memory it uses. */
inline constexpr std::uint64_t kValueNotAvailable = ~std::uint64_t{0};

// NVML_FI_*: what nvmlDeviceGetFieldValues can be asked for.
inline constexpr std::uint32_t kFieldMemoryTemperature = 82;
inline constexpr std::uint32_t kFieldNvlinkCount = 91;
inline constexpr std::uint32_t kFieldShutdownMargin = 193;
inline constexpr std::uint32_t kFieldSlowdownMargin = 194;
inline constexpr std::uint32_t kFieldMemoryMaximumMargin = 195;
inline constexpr std::uint32_t kFieldGpuMaximumMargin = 196;
inline constexpr std::uint32_t kFieldRecoveryAction = 230;

// Buffer sizes that NVML promises to be enough, in bytes with the terminating zero.
inline constexpr std::size_t kUuidBytes = 96;
inline constexpr std::size_t kNameBytes = 96;
inline constexpr std::size_t kSerialBytes = 30;
inline constexpr std::size_t kVersionBytes = 80;
inline constexpr std::size_t kBusIdBytes = 32;
inline constexpr std::size_t kLegacyBusIdBytes = 16;
inline constexpr std::size_t kProcessNameBytes = 1024;

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

/** nvmlMarginTemperature_v1_t: °C left to the nearest threshold at which the GPU slows down. */
struct MarginTemperature {
  std::uint32_t version;
  std::int32_t celsius;
};

/** nvmlProcessInfo_t since _v2. */
struct ProcessInfo {
  std::uint32_t pid;
  std::uint64_t usedBytes;
  std::uint32_t gpuInstanceId;
  std::uint32_t computeInstanceId;
};

/** nvmlValueType_t: which of a value's readings holds. */
enum class ValueType : std::uint32_t {
  kDouble = 0,
  kUnsigned32 = 1,
  kUnsignedLong = 2,
  kUnsigned64 = 3,
  kSigned64 = 4,
  kSigned32 = 5,
  kUnsigned16 = 6,
};

/** nvmlValue_t. */
union Value {
  double real;
  std::uint16_t unsigned16;
  std::uint32_t unsigned32;
  std::int32_t signed32;
  std::uint64_t unsigned64;
  std::int64_t signed64;
};

/** nvmlFieldValue_t. The caller fills the ids, the library the rest. */
struct FieldValue {
  std::uint32_t fieldId;
  /** Which part of the GPU, for fields that are about one. */
  std::uint32_t scopeId;
  std::int64_t timestampUs;
  std::int64_t latencyUs;
  ValueType type;
  Return code;
  Value value;
};

/** nvmlEventData_t as nvmlEventSetWait_v2 fills it. */
struct EventData {
  Device device;
  std::uint64_t type;
  /** The XID, of an XID event. */
  std::uint64_t data;
  std::uint32_t gpuInstanceId;
  std::uint32_t computeInstanceId;
};

/** nvmlGpuFabricInfo_v2_t. */
struct FabricInfo {
  std::uint32_t version;
  std::uint8_t clusterUuid[16];
  Return status;
  std::uint32_t cliqueId;
  std::uint8_t state;
  std::uint32_t healthMask;
};

/** What a caller writes into `version`, so that the library knows which layout it was given. */
template <class Struct>
constexpr std::uint32_t versionWord(std::uint32_t version) {
  return static_cast<std::uint32_t>(sizeof(Struct)) | (version << 24U);
}

inline constexpr std::uint32_t kMemoryV2Version = versionWord<MemoryV2>(2);
inline constexpr std::uint32_t kTemperatureVersion = versionWord<Temperature>(1);
inline constexpr std::uint32_t kMarginTemperatureVersion = versionWord<MarginTemperature>(1);
inline constexpr std::uint32_t kFabricInfoVersion = versionWord<FabricInfo>(2);

static_assert(kMemoryV2Version == 0x02000028);
static_assert(kTemperatureVersion == 0x0100000c);
static_assert(kMarginTemperatureVersion == 0x01000008);
static_assert(kFabricInfoVersion == 0x02000024);
static_assert(sizeof(PciInfo) == 68);
static_assert(sizeof(ProcessInfo) == 24);
static_assert(sizeof(FieldValue) == 40);
static_assert(sizeof(EventData) == 32);

}  // namespace gpu_health::nvml
