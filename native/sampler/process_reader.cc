#include "sampler/process_reader.h"

#include <algorithm>
#include <utility>

#include "sampler/read_text.h"

namespace gpu_health {
namespace {

/** Between the answer to how many there are and the next call more may have come; not for ever, though. */
constexpr int kListAttempts = 4;
constexpr unsigned kSpareProcesses = 8;

std::optional<std::uint32_t> instanceId(std::uint32_t id) {
  if (id == nvml::kNoInstance) return std::nullopt;
  return id;
}

ProcessReading toReading(const nvml::ProcessInfo& info, ProcessKind kind) {
  Reading<std::uint64_t> usedBytes = info.usedBytes;
  if (info.usedBytes == nvml::kValueNotAvailable) usedBytes = Absent{nvml::kNotSupported};
  return {info.pid, kind, usedBytes, {}, true, instanceId(info.gpuInstanceId), instanceId(info.computeInstanceId)};
}

/** A process that computes through MPS, or that also draws, is in two lists. */
bool isListed(const std::vector<ProcessReading>& processes, const ProcessReading& process) {
  return std::any_of(processes.begin(), processes.end(), [&](const ProcessReading& other) {
    return other.pid == process.pid && other.gpuInstanceId == process.gpuInstanceId &&
           other.computeInstanceId == process.computeInstanceId;
  });
}

}  // namespace

Reading<std::vector<nvml::ProcessInfo>> ProcessReader::list(Signal signal, const List& function) {
  return calls_.once<std::vector<nvml::ProcessInfo>>(signal, [&]() -> Reading<std::vector<nvml::ProcessInfo>> {
    std::vector<nvml::ProcessInfo> processes(kSpareProcesses);
    for (int attempt = 0; attempt < kListAttempts; ++attempt) {
      auto count = static_cast<unsigned>(processes.size());
      const nvml::Return code = calls_.call(function, &count, processes.data());
      processes.resize(code == nvml::kInsufficientSize ? count + kSpareProcesses : count);
      if (code == nvml::kSuccess) return processes;
      if (code != nvml::kInsufficientSize) return Absent{code};
    }
    return Absent{nvml::kInsufficientSize};
  });
}

Reading<std::vector<ProcessReading>> ProcessReader::read() {
  const nvml::Functions& functions = calls_.functions();
  const std::pair<ProcessKind, Reading<std::vector<nvml::ProcessInfo>>> lists[] = {
      {ProcessKind::kMps, list(Signal::kMps, functions.deviceGetMpsProcesses)},
      {ProcessKind::kCompute, list(Signal::kCompute, functions.deviceGetComputeProcesses)},
      {ProcessKind::kGraphics, list(Signal::kGraphics, functions.deviceGetGraphicsProcesses)},
  };
  std::vector<ProcessReading> processes;
  for (const auto& [kind, listed] : lists) {
    if (const auto* absent = std::get_if<Absent>(&listed)) {
      // A card may know no graphics or no MPS, but every one knows computing.
      if (kind != ProcessKind::kCompute && nvml::isUnsupported(absent->code)) continue;
      return *absent;
    }
    for (const nvml::ProcessInfo& info : std::get<std::vector<nvml::ProcessInfo>>(listed)) {
      const ProcessReading process = toReading(info, kind);
      if (!isListed(processes, process)) processes.push_back(process);
    }
  }
  markExisting(processes, table_);
  for (ProcessReading& process : processes) {
    if (process.exists) process.name = nameOf(process.pid);
  }
  return processes;
}

std::string ProcessReader::nameOf(std::uint32_t pid) {
  const auto name = readText(nvml::kProcessNameBytes, [&](char* text, unsigned bytes) {
    return watch_.call(calls_.functions().systemGetProcessName, pid, text, bytes);
  });
  const auto* known = std::get_if<std::string>(&name);
  return known && !known->empty() ? *known : table_.name(pid);
}

}  // namespace gpu_health
