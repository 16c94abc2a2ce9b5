// Temperatures, their thresholds and margins, and the field values.
#include "simulator/exports.h"

namespace {

using namespace gpu_health::nvml;
using namespace gpu_health::simulator;

#ifndef NVML_SIMULATOR_OLD
void answer(FieldValue& field, const std::optional<std::int32_t>& value) {
  field.code = value ? kSuccess : kNotSupported;
  field.type = ValueType::kSigned32;
  field.value.signed32 = value.value_or(0);
}
#endif

void answer(FieldValue& field, const std::optional<std::uint32_t>& value) {
  field.code = value ? kSuccess : kNotSupported;
  field.type = ValueType::kUnsigned32;
  field.value.unsigned32 = value.value_or(0);
}

void answerField(const Gpu& gpu, FieldValue& field) {
  switch (field.fieldId) {
    case kFieldMemoryTemperature:
      return answer(field, gpu.thermal.memoryCelsius ? std::optional<std::uint32_t>(*gpu.thermal.memoryCelsius)
                                                     : std::nullopt);
    case kFieldNvlinkCount:
      return answer(field, std::optional(static_cast<std::uint32_t>(gpu.links.nvlinks.size())));
#ifndef NVML_SIMULATOR_OLD
    case kFieldShutdownMargin:
      return answer(field, gpu.thermal.margins[kThresholdShutdown]);
    case kFieldSlowdownMargin:
      return answer(field, gpu.thermal.margins[kThresholdSlowdown]);
    case kFieldMemoryMaximumMargin:
      return answer(field, gpu.thermal.margins[kThresholdMemoryMaximum]);
    case kFieldGpuMaximumMargin:
      return answer(field, gpu.thermal.margins[kThresholdGpuMaximum]);
    case kFieldRecoveryAction:
      return answer(field, gpu.repair.recoveryAction);
#endif
    default:
      field.code = kNotSupported;
  }
}

}  // namespace

NVML_EXPORT Return nvmlDeviceGetTemperature(Device device, unsigned sensor, unsigned* celsius) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (sensor != kTemperatureSensorGpu) return kInvalidArgument;
    return store(celsius, static_cast<unsigned>(gpu.thermal.gpuCelsius));
  });
}

NVML_EXPORT Return nvmlDeviceGetTemperatureThreshold(Device device, unsigned threshold, unsigned* celsius) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (threshold >= kThresholdCount) return kInvalidArgument;
    const auto& value = gpu.thermal.thresholds[threshold];
    return value ? store(celsius, static_cast<unsigned>(*value)) : kNotSupported;
  });
}

NVML_EXPORT Return nvmlDeviceGetFieldValues(Device device, int count, FieldValue* values) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (count <= 0 || !values) return kInvalidArgument;
    for (int index = 0; index < count; ++index) {
      values[index].timestampUs = 0;
      values[index].latencyUs = 0;
      answerField(gpu, values[index]);
    }
    return kSuccess;
  });
}

#ifndef NVML_SIMULATOR_OLD  // What an old driver lacks.

NVML_EXPORT Return nvmlDeviceGetTemperatureV(Device device, Temperature* temperature) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!temperature) return kInvalidArgument;
    if (temperature->version != kTemperatureVersion) return kArgumentVersionMismatch;
    if (temperature->sensor != kTemperatureSensorGpu) return kInvalidArgument;
    temperature->celsius = gpu.thermal.gpuCelsius;
    return kSuccess;
  });
}

NVML_EXPORT Return nvmlDeviceGetMarginTemperature(Device device, MarginTemperature* margin) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!margin) return kInvalidArgument;
    if (margin->version != kMarginTemperatureVersion) return kArgumentVersionMismatch;
    return store(&margin->celsius, gpu.thermal.marginCelsius());
  });
}

#endif
