#include "binding/convert.h"

#include <type_traits>

namespace gpu_health {
namespace {

// Byte counts become JS numbers, which are exact up to 8 PiB.
template <class T>
std::enable_if_t<std::is_arithmetic_v<T>, Napi::Value> valueToJs(Napi::Env env, T value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Value valueToJs(Napi::Env env, const std::string& text) { return Napi::String::New(env, text); }

Napi::Value valueToJs(Napi::Env env, const nvml::Utilization& utilization) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("gpuPercent", utilization.gpuPercent);
  object.Set("memoryPercent", utilization.memoryPercent);
  return object;
}

Napi::Value valueToJs(Napi::Env env, const MemoryReading& memory);

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
  object.Set("powerMilliwatts", readingToJs(env, snapshot.powerMilliwatts));
  object.Set("powerLimitMilliwatts", readingToJs(env, snapshot.powerLimitMilliwatts));
  object.Set("graphicsClockMhz", readingToJs(env, snapshot.graphicsClockMhz));
  object.Set("smClockMhz", readingToJs(env, snapshot.smClockMhz));
  object.Set("memoryClockMhz", readingToJs(env, snapshot.memoryClockMhz));
  return object;
}

Napi::Object toJs(Napi::Env env, const GpuStatus& gpu) {
  const Reading<std::string> unnamed = Absent{gpu.handleCode};
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", gpu.index);
  if (gpu.handleCode == nvml::kSuccess) {
    Napi::Object handle = Napi::Object::New(env);
    handle.Set("ok", true);
    object.Set("handle", handle);
  } else {
    object.Set("handle", failure(env, gpu.handleCode));
  }
  object.Set("uuid", readingToJs(env, gpu.identity ? gpu.identity->uuid : unnamed));
  object.Set("name", readingToJs(env, gpu.identity ? gpu.identity->name : unnamed));
  object.Set("pciBusId", readingToJs(env, gpu.identity ? gpu.identity->pciBusId : unnamed));
  object.Set("serial", readingToJs(env, gpu.identity ? gpu.identity->serial : unnamed));
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
  if (status.call) object.Set("call", callToJs(env, *status.call));
  return object;
}

}  // namespace gpu_health
