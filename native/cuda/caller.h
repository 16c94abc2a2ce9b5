#pragma once

#include <chrono>

#include "cuda/report.h"

namespace gpu_health::cuda {

/** Milliseconds since it was made. */
class Stopwatch {
 public:
  double elapsedMs() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - startedAt_).count();
  }

 private:
  std::chrono::steady_clock::time_point startedAt_ = std::chrono::steady_clock::now();
};

/** Calls the driver, and reports each call before and after. */
class Caller {
 public:
  explicit Caller(const Functions& functions) : functions_(functions) {}

  const Functions& functions() const { return functions_; }

  /** True where the call succeeded. A function that the library lacks is reported and fails. */
  template <class Signature, class... Arguments>
  bool call(const Function<Signature>& function, Arguments... arguments) const {
    if (!function.address) {
      report::missing(function.name);
      return false;
    }
    report::calling(function.name);
    const Stopwatch stopwatch;
    const Result code = function.address(arguments...);
    report::returned(function.name, code, nameOf(code), stopwatch.elapsedMs());
    return code == kSuccess;
  }

 private:
  const char* nameOf(Result code) const {
    const char* name = nullptr;
    const auto getErrorName = functions_.getErrorName.address;
    return getErrorName && getErrorName(code, &name) == kSuccess ? name : nullptr;
  }

  const Functions& functions_;
};

}  // namespace gpu_health::cuda
