#include "sampler/restart_advice.h"

#include <algorithm>
#include <vector>

namespace gpu_health {
namespace {

constexpr std::array<nvml::Return, 3> kDriverCodes = {nvml::kLibraryVersionMismatch, nvml::kDriverNotLoaded,
                                                      nvml::kUninitialized};

template <class T>
void collect(const Reading<T>& reading, std::vector<nvml::Return>& codes) {
  if (const auto* absent = std::get_if<Absent>(&reading)) codes.push_back(absent->code);
}

std::vector<nvml::Return> codesOf(const Snapshot& snapshot) {
  std::vector<nvml::Return> codes;
  collect(snapshot.memory, codes);
  collect(snapshot.utilization, codes);
  collect(snapshot.temperatureCelsius, codes);
  collect(snapshot.powerMilliwatts, codes);
  collect(snapshot.powerLimitMilliwatts, codes);
  collect(snapshot.graphicsClockMhz, codes);
  collect(snapshot.smClockMhz, codes);
  collect(snapshot.memoryClockMhz, codes);
  return codes;
}

}  // namespace

template <class Has>
void RestartAdvice::judge(Has&& has) {
  need_.reset();
  for (std::size_t index = 0; index < kGpuCodes.size(); ++index) {
    samplesInARow_[index] = has(kGpuCodes[index]) ? std::min(samplesInARow_[index] + 1, kSamplesInARow) : 0;
    if (samplesInARow_[index] == kSamplesInARow) need_ = {RestartNeed::Scope::kGpu, kGpuCodes[index]};
  }
  for (const nvml::Return code : kDriverCodes) {
    if (!has(code)) continue;
    need_ = {RestartNeed::Scope::kDriver, code};
    return;
  }
}

void RestartAdvice::note(const Snapshot& snapshot) {
  const std::vector<nvml::Return> codes = codesOf(snapshot);
  judge([&](nvml::Return code) { return std::find(codes.begin(), codes.end(), code) != codes.end(); });
}

void RestartAdvice::note(nvml::Return handleCode) {
  judge([&](nvml::Return code) { return code == handleCode; });
}

void RestartAdvice::forget() {
  need_.reset();
  samplesInARow_.fill(0);
}

}  // namespace gpu_health
