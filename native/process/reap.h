#pragma once

namespace gpu_health {

/** Takes the exit status of a child that has ended, without waiting. False where it runs, or is no child of ours. */
bool reap(int pid);

}  // namespace gpu_health
