#include "process/reap.h"

#include <sys/types.h>
#include <sys/wait.h>

namespace gpu_health {

bool reap(int pid) {
  // Zero and negative numbers mean process groups, and so children whose ends others wait for.
  return pid > 0 && waitpid(pid, nullptr, WNOHANG) == pid;
}

}  // namespace gpu_health
