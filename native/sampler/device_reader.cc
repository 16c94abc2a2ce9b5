#include "sampler/device_reader.h"

#include <string>

#include "nvml/return_code.h"
#include "sampler/read_text.h"

namespace gpu_health {
namespace {

bool isUnsupported(const Absent* absent) { return absent && nvml::isUnsupported(absent->code); }

}  // namespace

template <class T, class... Parameters, class... Arguments>
Reading<T> DeviceReader::ask(Signal signal, const nvml::Function<nvml::Return(nvml::Device, Parameters...)>& function,
                             T value, Arguments... arguments) {
  auto& unsupported = unsupported_[static_cast<std::size_t>(signal)];
  if (unsupported) return Absent{*unsupported};
  const nvml::Return code = watch_.call(function, device_, arguments..., &value);
  if (code == nvml::kSuccess) return value;
  if (nvml::isUnsupported(code)) unsupported = code;
  return Absent{code};
}

Reading<std::string> DeviceReader::askText(
    const nvml::Function<nvml::Return(nvml::Device, char*, unsigned)>& function, std::size_t bytes) {
  return readText(bytes, [&](char* text, unsigned size) { return watch_.call(function, device_, text, size); });
}

Reading<std::string> DeviceReader::pciBusId() {
  nvml::PciInfo info{};
  const nvml::Return code = watch_.call(functions_.deviceGetPciInfo, device_, &info);
  if (code != nvml::kSuccess) return Absent{code};
  info.busId[sizeof info.busId - 1] = '\0';
  info.busIdLegacy[sizeof info.busIdLegacy - 1] = '\0';
  return std::string(info.busId[0] ? info.busId : info.busIdLegacy);
}

Identity DeviceReader::identify() {
  Identity identity;
  identity.uuid = askText(functions_.deviceGetUuid, nvml::kUuidBytes);
  identity.name = askText(functions_.deviceGetName, nvml::kNameBytes);
  identity.pciBusId = pciBusId();
  identity.serial = askText(functions_.deviceGetSerial, nvml::kSerialBytes);
  return identity;
}

Reading<MemoryReading> DeviceReader::memory() {
  const auto v2 = ask(Signal::kMemoryV2, functions_.deviceGetMemoryInfoV2, nvml::MemoryV2{nvml::kMemoryV2Version, 0, 0, 0, 0});
  if (const auto* memory = std::get_if<nvml::MemoryV2>(&v2)) {
    return MemoryReading{memory->totalBytes, memory->usedBytes, memory->reservedBytes, memory->freeBytes};
  }
  if (!isUnsupported(std::get_if<Absent>(&v2))) return std::get<Absent>(v2);
  const auto v1 = ask(Signal::kMemory, functions_.deviceGetMemoryInfo, nvml::Memory{});
  if (const auto* memory = std::get_if<nvml::Memory>(&v1)) {
    return MemoryReading{memory->totalBytes, memory->usedBytes, Absent{nvml::kFunctionNotFound}, memory->freeBytes};
  }
  return std::get<Absent>(v1);
}

Reading<std::int32_t> DeviceReader::temperature() {
  const auto versioned =
      ask(Signal::kTemperatureV, functions_.deviceGetTemperatureV,
          nvml::Temperature{nvml::kTemperatureVersion, nvml::kTemperatureSensorGpu, 0});
  if (const auto* temperature = std::get_if<nvml::Temperature>(&versioned)) return temperature->celsius;
  if (!isUnsupported(std::get_if<Absent>(&versioned))) return std::get<Absent>(versioned);
  const auto celsius = ask(Signal::kTemperature, functions_.deviceGetTemperature, 0U, nvml::kTemperatureSensorGpu);
  if (const auto* value = std::get_if<unsigned>(&celsius)) return static_cast<std::int32_t>(*value);
  return std::get<Absent>(celsius);
}

Reading<std::uint32_t> DeviceReader::clock(Signal signal, unsigned type) {
  return ask(signal, functions_.deviceGetClockInfo, 0U, type);
}

Snapshot DeviceReader::sample() {
  Snapshot snapshot;
  snapshot.sequence = ++sequence_;
  snapshot.startedAt = Clock::now();
  snapshot.memory = memory();
  snapshot.utilization = ask(Signal::kUtilization, functions_.deviceGetUtilizationRates, nvml::Utilization{});
  snapshot.temperatureCelsius = temperature();
  snapshot.powerMilliwatts = ask(Signal::kPower, functions_.deviceGetPowerUsage, 0U);
  snapshot.powerLimitMilliwatts = ask(Signal::kPowerLimit, functions_.deviceGetEnforcedPowerLimit, 0U);
  snapshot.graphicsClockMhz = clock(Signal::kGraphicsClock, nvml::kClockGraphics);
  snapshot.smClockMhz = clock(Signal::kSmClock, nvml::kClockSm);
  snapshot.memoryClockMhz = clock(Signal::kMemoryClock, nvml::kClockMemory);
  snapshot.completedAt = Clock::now();
  return snapshot;
}

}  // namespace gpu_health
