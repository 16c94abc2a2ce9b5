#pragma once

#include <variant>

#include "nvml/abi.h"

namespace gpu_health {

/** Why there is no value. */
struct Absent {
  nvml::Return code;
};

/** A value, or the return code that came in its place; never a number made up for a value that is not there. */
template <class T>
using Reading = std::variant<T, Absent>;

/** The reading with its value converted. */
template <class U, class T, class Convert>
Reading<U> mapReading(const Reading<T>& reading, Convert&& convert) {
  if (const auto* value = std::get_if<T>(&reading)) return convert(*value);
  return std::get<Absent>(reading);
}

}  // namespace gpu_health
