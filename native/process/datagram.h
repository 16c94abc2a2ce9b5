#pragma once

#include <string>

namespace gpu_health {

/**
 * Sends one datagram to the Unix socket at `path`; a leading @ stands for the abstract namespace, as in sd_notify(3).
 * Never waits: 0, or the errno of what failed (EAGAIN where the receiver's queue is full).
 */
int sendDatagram(const std::string& path, const std::string& message);

}  // namespace gpu_health
