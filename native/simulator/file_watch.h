#pragma once

#include <chrono>
#include <string>

namespace gpu_health::simulator {

/** Waits for a file to be replaced. */
class FileWatch {
 public:
  /** What happens to the file from now on ends a wait. An empty path, or a folder that cannot be watched: nothing does. */
  explicit FileWatch(const std::string& path);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /** Returns when something happened in the file's folder, and at the latest after `duration`. */
  void wait(std::chrono::nanoseconds duration);

 private:
  /** Of inotify; -1 where there is none. */
  int descriptor_ = -1;
};

}  // namespace gpu_health::simulator
