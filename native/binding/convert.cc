#include "binding/convert.h"

#include <type_traits>

namespace gpu_health {
namespace {

// Byte counts become JS numbers, which are exact up to 8 PiB.
template <class T>
std::enable_if_t<std::is_arithmetic_v<T> && !std::is_same_v<T, bool>, Napi::Value> valueToJs(Napi::Env env, T value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Value valueToJs(Napi::Env env, bool value) { return Napi::Boolean::New(env, value); }

Napi::Value valueToJs(Napi::Env env, const std::string& text) { return Napi::String::New(env, text); }

Napi::Value valueToJs(Napi::Env env, const nvml::Utilization& utilization) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("gpuPercent", utilization.gpuPercent);
  object.Set("memoryPercent", utilization.memoryPercent);
  return object;
}

Napi::Value valueToJs(Napi::Env env, const MemoryReading& memory);
Napi::Value valueToJs(Napi::Env env, const std::vector<ProcessReading>& processes);

Napi::Value valueToJs(Napi::Env env, const RemappedRows& rows) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("correctable", rows.correctable);
  object.Set("uncorrectable", rows.uncorrectable);
  object.Set("isPending", rows.isPending);
  object.Set("hasFailed", rows.hasFailed);
  return object;
}

Napi::Value valueToJs(Napi::Env env, const FabricReading& fabric) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("state", fabric.state);
  object.Set("status", fabric.status);
  object.Set("healthMask", fabric.healthMask);
  return object;
}

Napi::Object failure(Napi::Env env, nvml::Return code) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("ok", false);
  object.Set("code", code);
  return object;
}

template <class T>
Napi::Object readingToJs(Napi::Env env, const Reading<T>& reading) {
  if (const auto* absent = std::get_if<Absent>(&reading)) return failure(env, absent->code);
  Napi::Object object = Napi::Object::New(env);
  object.Set("ok", true);
  object.Set("value", valueToJs(env, std::get<T>(reading)));
  return object;
}

Napi::Value valueToJs(Napi::Env env, const MemoryReading& memory) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("totalBytes", valueToJs(env, memory.totalBytes));
  object.Set("usedBytes", valueToJs(env, memory.usedBytes));
  object.Set("reservedBytes", readingToJs(env, memory.reservedBytes));
  object.Set("freeBytes", valueToJs(env, memory.freeBytes));
  return object;
}

const char* toJs(ProcessKind kind) {
  switch (kind) {
    case ProcessKind::kCompute:
      return "compute";
    case ProcessKind::kGraphics:
      return "graphics";
    case ProcessKind::kMps:
      return "mps";
  }
  return "compute";
}

Napi::Value valueToJs(Napi::Env env, const std::vector<ProcessReading>& processes) {
  Napi::Array array = Napi::Array::New(env, processes.size());
  for (std::uint32_t index = 0; index < processes.size(); ++index) {
    const ProcessReading& process = processes[index];
    Napi::Object object = Napi::Object::New(env);
    object.Set("pid", process.pid);
    object.Set("kind", toJs(process.kind));
    object.Set("usedBytes", readingToJs(env, process.usedBytes));
    if (!process.name.empty()) object.Set("name", process.name);
    object.Set("exists", process.exists);
    if (process.gpuInstanceId) object.Set("gpuInstanceId", *process.gpuInstanceId);
    if (process.computeInstanceId) object.Set("computeInstanceId", *process.computeInstanceId);
    array.Set(index, object);
  }
  return array;
}

Napi::Array nvlinksToJs(Napi::Env env, const std::vector<NvlinkReading>& links) {
  Napi::Array array = Napi::Array::New(env, links.size());
  for (std::uint32_t index = 0; index < links.size(); ++index) {
    const NvlinkReading& link = links[index];
    Napi::Object object = Napi::Object::New(env);
    object.Set("link", link.link);
    object.Set("isActive", readingToJs(env, link.isActive));
    object.Set("crcErrors", readingToJs(env, link.crcErrors));
    object.Set("replayErrors", readingToJs(env, link.replayErrors));
    object.Set("recoveryErrors", readingToJs(env, link.recoveryErrors));
    array.Set(index, object);
  }
  return array;
}

Napi::Object callToJs(Napi::Env env, const CallInFlight& call) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("function", call.function);
  object.Set("startedAtMs", toMilliseconds(call.startedAt));
  return object;
}

const char* toJs(Phase phase) {
  switch (phase) {
    case Phase::kOpening:
      return "opening";
    case Phase::kReady:
      return "ready";
    case Phase::kFailed:
      return "failed";
  }
  return "failed";
}

const char* toJs(OpenError::Reason reason) {
  switch (reason) {
    case OpenError::Reason::kLibraryNotFound:
      return "library_not_found";
    case OpenError::Reason::kLibraryInvalid:
      return "library_invalid";
    case OpenError::Reason::kInitFailed:
      return "init_failed";
  }
  return "init_failed";
}

}  // namespace

Napi::Object toJs(Napi::Env env, const Snapshot& snapshot) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("sequence", valueToJs(env, snapshot.sequence));
  object.Set("sampledAtMs", toMilliseconds(snapshot.completedAt));
  object.Set("durationMs", toMilliseconds(snapshot.completedAt - snapshot.startedAt));
  object.Set("memory", readingToJs(env, snapshot.memory));
  object.Set("utilization", readingToJs(env, snapshot.utilization));
  object.Set("temperatureCelsius", readingToJs(env, snapshot.temperatureCelsius));
  object.Set("memoryTemperatureCelsius", readingToJs(env, snapshot.memoryTemperatureCelsius));
  object.Set("temperatureMarginCelsius", readingToJs(env, snapshot.temperatureMarginCelsius));
  object.Set("powerMilliwatts", readingToJs(env, snapshot.powerMilliwatts));
  object.Set("powerLimitMilliwatts", readingToJs(env, snapshot.powerLimitMilliwatts));
  object.Set("graphicsClockMhz", readingToJs(env, snapshot.graphicsClockMhz));
  object.Set("smClockMhz", readingToJs(env, snapshot.smClockMhz));
  object.Set("memoryClockMhz", readingToJs(env, snapshot.memoryClockMhz));
  object.Set("clocksEventReasons", readingToJs(env, snapshot.clocksEventReasons));
  return object;
}

Napi::Array toJs(Napi::Env env, const std::vector<MigInstance>& instances) {
  Napi::Array array = Napi::Array::New(env, instances.size());
  for (std::uint32_t index = 0; index < instances.size(); ++index) {
    const MigInstance& instance = instances[index];
    Napi::Object object = Napi::Object::New(env);
    object.Set("gpuInstanceId", instance.gpuInstanceId);
    object.Set("computeInstanceId", instance.computeInstanceId);
    object.Set("uuid", readingToJs(env, instance.uuid));
    object.Set("name", readingToJs(env, instance.name));
    object.Set("memory", readingToJs(env, instance.memory));
    array.Set(index, object);
  }
  return array;
}

Napi::Object toJs(Napi::Env env, const Inspection& inspection) {
  const auto ecc = [&](bool EccModes::* mode) {
    return readingToJs(env, mapReading<bool>(inspection.ecc, [&](const EccModes& modes) { return modes.*mode; }));
  };
  Napi::Object object = Napi::Object::New(env);
  object.Set("sequence", valueToJs(env, inspection.sequence));
  object.Set("inspectedAtMs", toMilliseconds(inspection.completedAt));
  object.Set("durationMs", toMilliseconds(inspection.completedAt - inspection.startedAt));
  object.Set("shutdownCelsius", readingToJs(env, inspection.shutdownCelsius));
  object.Set("slowdownCelsius", readingToJs(env, inspection.slowdownCelsius));
  object.Set("memoryMaxCelsius", readingToJs(env, inspection.memoryMaximumCelsius));
  object.Set("gpuMaxCelsius", readingToJs(env, inspection.gpuMaximumCelsius));
  object.Set("shutdownMarginCelsius", readingToJs(env, inspection.shutdownMarginCelsius));
  object.Set("slowdownMarginCelsius", readingToJs(env, inspection.slowdownMarginCelsius));
  object.Set("memoryMaxMarginCelsius", readingToJs(env, inspection.memoryMaximumMarginCelsius));
  object.Set("gpuMaxMarginCelsius", readingToJs(env, inspection.gpuMaximumMarginCelsius));
  object.Set("persistenceMode", readingToJs(env, inspection.persistenceMode));
  object.Set("eccEnabled", ecc(&EccModes::isEnabled));
  object.Set("eccPending", ecc(&EccModes::willBeEnabled));
  object.Set("eccVolatileCorrected", readingToJs(env, inspection.eccVolatileCorrected));
  object.Set("eccVolatileUncorrected", readingToJs(env, inspection.eccVolatileUncorrected));
  object.Set("eccAggregateCorrected", readingToJs(env, inspection.eccAggregateCorrected));
  object.Set("eccAggregateUncorrected", readingToJs(env, inspection.eccAggregateUncorrected));
  object.Set("remappedRows", readingToJs(env, inspection.remappedRows));
  object.Set("retiredPagesSingleBit", readingToJs(env, inspection.retiredPagesSingleBit));
  object.Set("retiredPagesDoubleBit", readingToJs(env, inspection.retiredPagesDoubleBit));
  object.Set("retiredPagesPending", readingToJs(env, inspection.retiredPagesPending));
  object.Set("recoveryAction", readingToJs(env, inspection.recoveryAction));
  object.Set("pcieReplayCount", readingToJs(env, inspection.pcieReplayCount));
  object.Set("pcieLinkGeneration", readingToJs(env, inspection.pcieLinkGeneration));
  object.Set("pcieMaxLinkGeneration", readingToJs(env, inspection.pcieMaximumLinkGeneration));
  object.Set("pcieLinkWidth", readingToJs(env, inspection.pcieLinkWidth));
  object.Set("pcieMaxLinkWidth", readingToJs(env, inspection.pcieMaximumLinkWidth));
  object.Set("nvlinks", nvlinksToJs(env, inspection.nvlinks));
  object.Set("fabric", readingToJs(env, inspection.fabric));
  object.Set("migEnabled", readingToJs(env, inspection.migEnabled));
  object.Set("processes", readingToJs(env, inspection.processes));
  return object;
}

Napi::Object toJs(Napi::Env env, const DriverEvent& event) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("sequence", valueToJs(env, event.sequence));
  object.Set("atMs", toMilliseconds(event.at));
  object.Set("index", event.gpu ? static_cast<double>(*event.gpu) : -1);
  object.Set("kind", event.type == nvml::kEventXid ? "xid" : "other");
  object.Set("eventType", valueToJs(env, event.type));
  object.Set("xid", valueToJs(env, event.data));
  if (event.gpuInstanceId) object.Set("gpuInstanceId", *event.gpuInstanceId);
  if (event.computeInstanceId) object.Set("computeInstanceId", *event.computeInstanceId);
  return object;
}

Napi::Object toJs(Napi::Env env, const Identity* identity, nvml::Return handleCode) {
  const Reading<std::string> unnamed = Absent{handleCode};
  Napi::Object object = Napi::Object::New(env);
  object.Set("uuid", readingToJs(env, identity ? identity->uuid : unnamed));
  object.Set("name", readingToJs(env, identity ? identity->name : unnamed));
  object.Set("pciBusId", readingToJs(env, identity ? identity->pciBusId : unnamed));
  object.Set("serial", readingToJs(env, identity ? identity->serial : unnamed));
  return object;
}

Napi::Object toJs(Napi::Env env, const GpuStatus& gpu) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", gpu.index);
  if (gpu.handleCode == nvml::kSuccess) {
    Napi::Object handle = Napi::Object::New(env);
    handle.Set("ok", true);
    object.Set("handle", handle);
  } else {
    object.Set("handle", failure(env, gpu.handleCode));
  }
  if (gpu.call) object.Set("call", callToJs(env, *gpu.call));
  return object;
}

Napi::Object toJs(Napi::Env env, const SamplerStatus& status) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("phase", toJs(status.phase));
  object.Set("path", status.libraryPath);
  object.Set("simulated", status.simulated);
  if (status.error) {
    Napi::Object error = Napi::Object::New(env);
    error.Set("reason", toJs(status.error->reason));
    error.Set("message", status.error->message);
    if (status.error->code) error.Set("code", *status.error->code);
    object.Set("error", error);
  }
  object.Set("driverVersion", readingToJs(env, status.driverVersion));
  object.Set("nvmlVersion", readingToJs(env, status.nvmlVersion));
  object.Set("cudaDriverVersion", readingToJs(env, status.cudaDriverVersion));
  object.Set("generation", valueToJs(env, status.generation));
  object.Set("driverLoadedAtMs", toMilliseconds(status.driverLoadedAt));
  object.Set("eventsSupported", readingToJs(env, status.eventsSupported));
  if (status.call) object.Set("call", callToJs(env, *status.call));
  return object;
}

}  // namespace gpu_health
