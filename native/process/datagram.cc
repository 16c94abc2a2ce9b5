#include "process/datagram.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace gpu_health {

int sendDatagram(const std::string& path, const std::string& message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty()) return EINVAL;
  if (path.size() >= sizeof(address.sun_path)) return ENAMETOOLONG;
  std::memcpy(address.sun_path, path.data(), path.size());
  const bool isAbstract = path.front() == '@';
  if (isAbstract) address.sun_path[0] = '\0';
  // The name of an abstract socket is as long as the address says; a path ends with its zero.
  const std::size_t length = offsetof(sockaddr_un, sun_path) + path.size() + (isAbstract ? 0 : 1);

  const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  const ssize_t sent = sendto(descriptor, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                              reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length));
  const int error = sent < 0 ? errno : 0;
  close(descriptor);
  return error;
}

}  // namespace gpu_health
