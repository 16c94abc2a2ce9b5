#include "cuda/library.h"

#include <dlfcn.h>

namespace gpu_health::cuda {
namespace {

template <class Signature>
void resolve(void* library, Function<Signature>& function) {
  function.address = reinterpret_cast<Signature*>(dlsym(library, function.name));
}

/** The file that a function of the library came from. */
std::string pathOf(const void* function) {
  Dl_info info{};
  return dladdr(function, &info) != 0 && info.dli_fname ? info.dli_fname : kLibraryName;
}

}  // namespace

std::variant<Library, LoadError> loadLibrary() {
  void* handle = dlopen(kLibraryName, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* text = dlerror();
    const std::string detail = text ? text : "the dynamic linker gives no reason";
    // The linker's text starts with the name of what could not be opened, which may be a dependency of the library.
    const bool isMissing = detail.rfind(std::string(kLibraryName) + ": cannot open", 0) == 0;
    return LoadError{isMissing ? LoadError::Reason::kNotFound : LoadError::Reason::kInvalid, detail};
  }
  Library library{kLibraryName, {}};
#define GPU_HEALTH_RESOLVE(member, parameters, symbol) resolve(handle, library.functions.member);
  GPU_HEALTH_CUDA_FUNCTIONS(GPU_HEALTH_RESOLVE)
#undef GPU_HEALTH_RESOLVE
  const auto init = library.functions.init.address;
  if (!init) return LoadError{LoadError::Reason::kInvalid, std::string(kLibraryName) + " has no function cuInit"};
  library.path = pathOf(reinterpret_cast<const void*>(init));
  return library;
}

}  // namespace gpu_health::cuda
