#include "simulator/model_folder.h"

#include <dlfcn.h>

namespace gpu_health::simulator {

std::string findModelFolder() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&findModelFolder), &info);
  const std::string library = info.dli_fname ? info.dli_fname : "";
  return library.substr(0, library.rfind('/') + 1) + "models";
}

}  // namespace gpu_health::simulator
