#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace gpu_health::test {

/** A file of this test alone. */
inline std::string testFile(const std::string& name) {
  return std::string(TEST_FOLDER) + "/" + std::to_string(getpid()) + "-" + name;
}

inline std::string writeFile(const std::string& name, const std::string& content) {
  const std::string path = testFile(name);
  std::ofstream(path) << content;
  return path;
}

/** The simulator's state file. Replaced by renaming, as its writers have to. */
class StateFile {
 public:
  explicit StateFile(const std::string& state) {
    write(state);
    setenv("NVML_SIMULATOR_STATE", path_.c_str(), 1);
  }
  ~StateFile() { std::remove(path_.c_str()); }
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  void write(const std::string& state) {
    std::ofstream(path_ + ".new") << state;
    std::rename((path_ + ".new").c_str(), path_.c_str());
  }

 private:
  std::string path_ = testFile("state.conf");
};

/** Waits until the condition holds. The limit only ends a test that fails. */
template <class Condition>
::testing::AssertionResult eventually(Condition&& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return ::testing::AssertionFailure() << "did not happen in 30 s";
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return ::testing::AssertionSuccess();
}

}  // namespace gpu_health::test
