#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

#include "nvml/functions.h"
#include "nvml/return_code.h"
#include "sampler/call_watch.h"
#include "sampler/reading.h"

namespace gpu_health {

/** Calls about one device through one handle. What the driver calls unsupported is asked for once. Runs on the device's
 *  thread. `Signal` names what can be asked for, and ends with kCount. */
template <class Signal>
class DeviceCalls {
 public:
  DeviceCalls(const nvml::Functions& functions, CallWatch& watch, nvml::Device device)
      : functions_(functions), watch_(watch), device_(device) {}

  const nvml::Functions& functions() const { return functions_; }
  nvml::Device device() const { return device_; }

  /** A call as it is, with the device as its first argument. */
  template <class... Parameters, class... Arguments>
  nvml::Return call(const nvml::Function<nvml::Return(nvml::Device, Parameters...)>& function, Arguments... arguments) {
    return watch_.call(function, device_, arguments...);
  }

  /** Whatever `read()` gives, unless the driver has said before that it never gives this signal. */
  template <class T, class Read>
  Reading<T> once(Signal signal, Read&& read) {
    auto& unsupported = unsupported_[static_cast<std::size_t>(signal)];
    if (unsupported) return Absent{*unsupported};
    Reading<T> reading = read();
    if (const auto* absent = std::get_if<Absent>(&reading); absent && nvml::isUnsupported(absent->code)) {
      unsupported = absent->code;
    }
    return reading;
  }

  /** The value that a function gives through its last argument, which begins as `value`. */
  template <class T, class... Parameters, class... Arguments>
  Reading<T> ask(Signal signal, const nvml::Function<nvml::Return(nvml::Device, Parameters...)>& function, T value,
                 Arguments... arguments) {
    return once<T>(signal, [&]() -> Reading<T> {
      const nvml::Return code = call(function, arguments..., &value);
      if (code != nvml::kSuccess) return Absent{code};
      return value;
    });
  }

  /** Asks for everything again, as after a change of the GPU's mode. */
  void forgetUnsupported() { unsupported_.fill(std::nullopt); }

 private:
  const nvml::Functions& functions_;
  CallWatch& watch_;
  nvml::Device device_;
  /** The code with which the driver said that it will never give the value. */
  std::array<std::optional<nvml::Return>, static_cast<std::size_t>(Signal::kCount)> unsupported_{};
};

}  // namespace gpu_health
