#pragma once

#include <memory>
#include <string>
#include <variant>

#include "nvml/functions.h"

namespace gpu_health::nvml {

/** The soname that every NVIDIA driver for Linux installs. */
inline constexpr const char* kDefaultLibrary = "libnvidia-ml.so.1";

/** Why a library could not be used. */
struct LoadError {
  enum class Reason {
    kNotFound,  // no such file, or the dynamic linker knows no such name
    kInvalid,   // a file is there, but it cannot be loaded or is not NVML
  };
  Reason reason;
  std::string message;
};

/** An open NVML library: the owner of dlopen's handle. Opening does not initialise NVML. */
class Library {
 public:
  using ProcessExists = bool(unsigned pid);

  /** `path`: a file, or a name that the dynamic linker looks up. Runs the library's constructors, so it can block. */
  static std::variant<std::unique_ptr<Library>, LoadError> open(const std::string& path);

  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const Functions& functions() const { return functions_; }
  /** Whether it is this product's simulator and not a driver's library. */
  bool simulated() const { return simulated_; }
  /** Tells whether a process of the simulated GPUs runs; null in a driver's library. */
  ProcessExists* simulatedProcessExists() const { return simulatedProcessExists_; }
  /** Leaves the library mapped for ever, for when a call into it has not returned. */
  void keepMapped() { handle_ = nullptr; }

 private:
  explicit Library(void* handle) : handle_(handle) {}

  void* handle_;
  Functions functions_{};
  bool simulated_ = false;
  ProcessExists* simulatedProcessExists_ = nullptr;
};

}  // namespace gpu_health::nvml
