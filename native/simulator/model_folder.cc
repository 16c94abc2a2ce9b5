#include "simulator/model_folder.h"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>

namespace gpu_health::simulator {

std::string findModelFolder() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&findModelFolder), &info);
  // The models lie where the file itself is, not where a link to it is.
  std::error_code error;
  const auto library = std::filesystem::canonical(info.dli_fname ? info.dli_fname : "", error);
  return (library.parent_path() / "models").string();
}

}  // namespace gpu_health::simulator
