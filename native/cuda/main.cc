// gpu_health_cuda_probe: does CUDA start here, and does a computation on these GPUs give the right result? A program of
// its own, because the driver can hang or crash whoever calls it. Standard output: see report.h. Exit status: 0 yes,
// 1 no, 2 wrong arguments.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "cuda/computation.h"
#include "cuda/device_files.h"
#include "cuda/devices.h"

namespace {

using namespace gpu_health::cuda;

struct Arguments {
  /** UUIDs of the GPUs to compute on; "all" stands for each. */
  std::vector<std::string> kernels;
  std::string deviceFolder = "/dev";
};

bool parse(int count, char** values, Arguments& arguments) {
  for (int index = 1; index < count; index += 2) {
    if (index + 1 == count) return false;
    const std::string option = values[index];
    if (option == "--kernel") {
      arguments.kernels.emplace_back(values[index + 1]);
    } else if (option == "--device-folder") {
      arguments.deviceFolder = values[index + 1];
    } else {
      return false;
    }
  }
  return true;
}

void prepareProcess(bool computes) {
  // Whoever started it may be killed while a call hangs: nobody else would end it then.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A crash is news for the health server; a core file of it, once a minute, would fill the disk.
  const rlimit noCore{0, 0};
  setrlimit(RLIMIT_CORE, &noCore);
  // Nothing of what is compiled is worth a file in the home directory.
  setenv("CUDA_CACHE_DISABLE", "1", 1);
  // cuInit loads the compiler of kernels ahead of need unless told not to (CUDA 12.8 and later).
  if (!computes) setenv("CUDA_FORCE_PRELOAD_LIBRARIES", "0", 1);
}

bool probe(const Arguments& arguments) {
  report::loading();
  const auto loaded = loadLibrary();
  if (const auto* error = std::get_if<LoadError>(&loaded)) {
    report::notLoaded(*error);
    return false;
  }
  const Library& library = std::get<Library>(loaded);
  report::loaded(library.path);
  const Caller caller(library.functions);
  const auto devices = initialise(caller);
  if (!devices) {
    reportDeviceFiles(arguments.deviceFolder);
    return false;
  }
  bool isRight = !devices->empty();
  // In the order in which they were asked for: one that hung before comes last, so that it does not hide the others.
  for (const std::string& wanted : arguments.kernels) {
    for (const DeviceInfo& device : *devices) {
      if (wanted == "all" || wanted == device.uuid) isRight = compute(caller, device) && isRight;
    }
  }
  return isRight;
}

}  // namespace

int main(int count, char** values) {
  Arguments arguments;
  if (!parse(count, values, arguments)) {
    std::fprintf(stderr, "usage: %s [--kernel UUID|all]... [--device-folder FOLDER]\n", values[0]);
    return 2;
  }
  prepareProcess(!arguments.kernels.empty());
  const bool isRight = probe(arguments);
  report::done();
  // Without exit handlers: the driver's can hang as well as its calls.
  _exit(isRight ? 0 : 1);
}
