#include "nvml/library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <initializer_list>

#include "nvml/elf_file.h"

namespace gpu_health::nvml {
namespace {

template <class Signature>
Function<Signature> resolve(void* library, std::initializer_list<const char*> candidates) {
  for (const char* name : candidates) {
    if (void* symbol = dlsym(library, name)) return {name, reinterpret_cast<Signature*>(symbol)};
  }
  return {*candidates.begin(), nullptr};
}

/** The first function without which there is nothing to sample; null where all are there. */
const char* missingFunction(const Functions& functions) {
  if (!functions.init.address) return functions.init.name;
  if (!functions.shutdown.address) return functions.shutdown.name;
  if (!functions.deviceGetCount.address) return functions.deviceGetCount.name;
  if (!functions.deviceGetHandleByIndex.address) return functions.deviceGetHandleByIndex.name;
  return nullptr;
}

std::string lastLinkerError() {
  const char* text = dlerror();
  return text ? text : "the dynamic linker gives no reason";
}

LoadError notFound(const std::string& detail) {
  return {LoadError::Reason::kNotFound,
          "The NVML library was not found: " + detail +
              ". It comes with the NVIDIA driver; a container gets it from the NVIDIA Container Toolkit "
              "(docker run --gpus all, or the nvidia runtime class)."};
}

LoadError invalid(const std::string& path, const std::string& detail) {
  return {LoadError::Reason::kInvalid, path + " cannot be loaded as an NVML library: " + detail + "."};
}

/** dlopen, with the two ways to fail told apart. */
std::variant<void*, LoadError> load(const std::string& path) {
  const bool isFile = path.find('/') != std::string::npos;
  if (isFile) {
    if (access(path.c_str(), F_OK) != 0) return notFound(path + ": no such file");
    if (const auto defect = defectOfElfFile(path)) return invalid(path, *defect);
  }
  if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
  const std::string detail = lastLinkerError();
  // For a bare name the linker's text is all there is. It starts with the name of the object that could not be opened,
  // which differs from `path` where a dependency of the library is what is missing.
  if (!isFile && detail.rfind(path + ": cannot open", 0) == 0) return notFound(detail);
  return invalid(path, detail);
}

}  // namespace

std::variant<std::unique_ptr<Library>, LoadError> Library::open(const std::string& path) {
  auto loaded = load(path);
  if (auto* error = std::get_if<LoadError>(&loaded)) return std::move(*error);
  void* handle = std::get<void*>(loaded);
  std::unique_ptr<Library> library(new Library(handle));
#define GPU_HEALTH_RESOLVE(member, parameters, ...) \
  library->functions_.member = resolve<Return parameters>(handle, {__VA_ARGS__});
  GPU_HEALTH_NVML_FUNCTIONS(GPU_HEALTH_RESOLVE)
#undef GPU_HEALTH_RESOLVE
  if (const char* missing = missingFunction(library->functions_)) {
    return invalid(path, std::string("it has no function ") + missing);
  }
  library->simulated_ = dlsym(handle, "gpu_health_simulator_version") != nullptr;
  library->simulatedProcessExists_ =
      reinterpret_cast<ProcessExists*>(dlsym(handle, "gpu_health_simulator_process_exists"));
  return library;
}

Library::~Library() {
  if (handle_) dlclose(handle_);
}

}  // namespace gpu_health::nvml
