#include "cuda/device_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "cuda/report.h"

namespace gpu_health::cuda {
namespace {

const char* nameOf(int error) {
  switch (error) {
    case ENOENT:
      return "ENOENT";
    case EACCES:
      return "EACCES";
    case EPERM:
      return "EPERM";
    case ENXIO:
      return "ENXIO";
    case ENODEV:
      return "ENODEV";
    case EIO:
      return "EIO";
    default:
      return "another error";
  }
}

}  // namespace

void reportDeviceFiles(const std::string& folder) {
  // Opening them for a moment changes nothing, and shows also what a device cgroup forbids. A GPU's own file is left
  // alone: opening it wakes the GPU.
  for (const char* file : {"nvidiactl", "nvidia-uvm"}) {
    const std::string path = folder + "/" + file;
    const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) {
      report::deviceFile(path, nameOf(errno));
    } else {
      close(descriptor);
    }
  }
}

}  // namespace gpu_health::cuda
