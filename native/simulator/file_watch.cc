#include "simulator/file_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace gpu_health::simulator {

FileWatch::FileWatch(const std::string& path) {
  if (path.empty()) return;
  descriptor_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  // The folder, since the file itself is another one once it is replaced.
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (descriptor_ >= 0) inotify_add_watch(descriptor_, folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE);
}

FileWatch::~FileWatch() {
  if (descriptor_ >= 0) close(descriptor_);
}

void FileWatch::wait(std::chrono::nanoseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  const timespec limit{seconds.count(), (duration - seconds).count()};
  pollfd descriptor{descriptor_, POLLIN, 0};
  if (ppoll(&descriptor, 1, &limit, nullptr) <= 0) return;
  std::array<char, 4096> events;
  while (read(descriptor_, events.data(), events.size()) > 0) {
  }
}

}  // namespace gpu_health::simulator
