#pragma once

#include <array>
#include <cstddef>

#include "sampler/device_calls.h"

namespace gpu_health {

/** The value as an integer of the type that the driver says it has. */
inline std::int64_t toInteger(const nvml::FieldValue& field) {
  switch (field.type) {
    case nvml::ValueType::kDouble:
      return static_cast<std::int64_t>(field.value.real);
    case nvml::ValueType::kUnsigned32:
      return field.value.unsigned32;
    case nvml::ValueType::kSigned32:
      return field.value.signed32;
    case nvml::ValueType::kUnsigned16:
      return field.value.unsigned16;
    case nvml::ValueType::kUnsignedLong:
    case nvml::ValueType::kUnsigned64:
      return static_cast<std::int64_t>(field.value.unsigned64);
    case nvml::ValueType::kSigned64:
      break;
  }
  return field.value.signed64;
}

/** One field of a GPU. A driver that does not know the field says so of it as an invalid argument. */
template <class T, class Signal>
Reading<T> askField(DeviceCalls<Signal>& calls, Signal signal, std::uint32_t fieldId) {
  return calls.template once<T>(signal, [&]() -> Reading<T> {
    nvml::FieldValue field{};
    field.fieldId = fieldId;
    const nvml::Return code = calls.call(calls.functions().deviceGetFieldValues, 1, &field);
    if (code != nvml::kSuccess) return Absent{code};
    if (field.code == nvml::kInvalidArgument) return Absent{nvml::kNotSupported};
    if (field.code != nvml::kSuccess) return Absent{field.code};
    return static_cast<T>(toInteger(field));
  });
}

}  // namespace gpu_health
