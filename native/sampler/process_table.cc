#include "sampler/process_table.h"

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

namespace gpu_health {
namespace {

/** The kernel's first pid namespace has this fixed inode (PROC_PID_INIT_INO); /proc/self/ns/pid links to it by number. */
constexpr const char* kFirstPidNamespace = "pid:[4026531836]";

bool isInFirstPidNamespace() {
  std::array<char, 64> target{};
  const ssize_t length = readlink("/proc/self/ns/pid", target.data(), target.size() - 1);
  return length > 0 && std::string(target.data()) == kFirstPidNamespace;
}

/** By a signal that is not sent: /proc may hide the processes of other users. */
bool processExists(std::uint32_t pid) { return kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM; }

std::string processName(std::uint32_t pid) {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm") >> std::ws, name);
  return name;
}

}  // namespace

ProcessTable kernelProcesses() { return {processExists, processName, isInFirstPidNamespace()}; }

ProcessTable simulatedProcesses(nvml::Library::ProcessExists* exists) {
  return {exists, [](std::uint32_t) { return std::string(); }, true};
}

void markExisting(std::vector<ProcessReading>& processes, const ProcessTable& table) {
  for (ProcessReading& process : processes) process.exists = table.exists(process.pid);
  const auto exists = [](const ProcessReading& process) { return process.exists; };
  if (table.isDriversOwn || std::any_of(processes.begin(), processes.end(), exists)) return;
  for (ProcessReading& process : processes) process.exists = true;
}

}  // namespace gpu_health
