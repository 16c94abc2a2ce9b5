#pragma once

#include <string>
#include <variant>

#include "cuda/functions.h"

namespace gpu_health::cuda {

/** The soname that every NVIDIA driver for Linux installs. */
inline constexpr const char* kLibraryName = "libcuda.so.1";

/** Why there is no library to call. */
struct LoadError {
  enum class Reason {
    kNotFound,  // the dynamic linker knows no such name
    kInvalid,   // it is there, but cannot be loaded or is not the CUDA driver's
  };
  Reason reason;
  std::string message;
};

struct Library {
  /** The file that was found. Containers can have several: the driver's, a toolkit's stub, a compatibility package's. */
  std::string path;
  Functions functions;
};

/** Loads the library for the life of the process. Runs its constructors, so it can block. */
std::variant<Library, LoadError> loadLibrary();

}  // namespace gpu_health::cuda
