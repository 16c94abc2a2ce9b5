#include "sampler/device_reader.h"

#include "sampler/field_values.h"
#include "sampler/read_text.h"

namespace gpu_health {

Reading<std::string> DeviceReader::pciBusId() {
  nvml::PciInfo info{};
  const nvml::Return code = calls_.call(calls_.functions().deviceGetPciInfo, &info);
  if (code != nvml::kSuccess) return Absent{code};
  info.busId[sizeof info.busId - 1] = '\0';
  info.busIdLegacy[sizeof info.busIdLegacy - 1] = '\0';
  return std::string(info.busId[0] ? info.busId : info.busIdLegacy);
}

Identity DeviceReader::identify() {
  const nvml::Functions& functions = calls_.functions();
  const auto askText = [&](const auto& function, std::size_t bytes) {
    return readText(bytes, [&](char* text, unsigned size) { return calls_.call(function, text, size); });
  };
  Identity identity;
  identity.uuid = askText(functions.deviceGetUuid, nvml::kUuidBytes);
  identity.name = askText(functions.deviceGetName, nvml::kNameBytes);
  identity.pciBusId = pciBusId();
  identity.serial = askText(functions.deviceGetSerial, nvml::kSerialBytes);
  return identity;
}

Reading<std::int32_t> DeviceReader::temperature() {
  const auto versioned = calls_.ask(Signal::kTemperatureV, calls_.functions().deviceGetTemperatureV,
                                    nvml::Temperature{nvml::kTemperatureVersion, nvml::kTemperatureSensorGpu, 0});
  if (const auto* temperature = std::get_if<nvml::Temperature>(&versioned)) return temperature->celsius;
  if (!nvml::isUnsupported(std::get<Absent>(versioned).code)) return std::get<Absent>(versioned);
  const auto celsius = calls_.ask(Signal::kTemperature, calls_.functions().deviceGetTemperature, 0U,
                                  nvml::kTemperatureSensorGpu);
  return mapReading<std::int32_t>(celsius, [](unsigned value) { return static_cast<std::int32_t>(value); });
}

Reading<std::int32_t> DeviceReader::temperatureMargin() {
  const auto margin = calls_.ask(Signal::kTemperatureMargin, calls_.functions().deviceGetMarginTemperature,
                                 nvml::MarginTemperature{nvml::kMarginTemperatureVersion, 0});
  return mapReading<std::int32_t>(margin, [](const nvml::MarginTemperature& value) { return value.celsius; });
}

Reading<std::uint32_t> DeviceReader::clock(Signal signal, unsigned type) {
  return calls_.ask(signal, calls_.functions().deviceGetClockInfo, 0U, type);
}

Snapshot DeviceReader::sample(std::uint64_t sequence) {
  const nvml::Functions& functions = calls_.functions();
  Snapshot snapshot;
  snapshot.sequence = sequence;
  snapshot.startedAt = Clock::now();
  snapshot.memory = memory_.read();
  snapshot.utilization = calls_.ask(Signal::kUtilization, functions.deviceGetUtilizationRates, nvml::Utilization{});
  snapshot.temperatureCelsius = temperature();
  snapshot.memoryTemperatureCelsius =
      askField<std::uint32_t>(calls_, Signal::kMemoryTemperature, nvml::kFieldMemoryTemperature);
  snapshot.temperatureMarginCelsius = temperatureMargin();
  snapshot.powerMilliwatts = calls_.ask(Signal::kPower, functions.deviceGetPowerUsage, 0U);
  snapshot.powerLimitMilliwatts = calls_.ask(Signal::kPowerLimit, functions.deviceGetEnforcedPowerLimit, 0U);
  snapshot.graphicsClockMhz = clock(Signal::kGraphicsClock, nvml::kClockGraphics);
  snapshot.smClockMhz = clock(Signal::kSmClock, nvml::kClockSm);
  snapshot.memoryClockMhz = clock(Signal::kMemoryClock, nvml::kClockMemory);
  snapshot.clocksEventReasons =
      calls_.ask(Signal::kClocksEventReasons, functions.deviceGetClocksEventReasons, std::uint64_t{0});
  snapshot.migInstances = mig_.sample();
  snapshot.completedAt = Clock::now();
  return snapshot;
}

void DeviceReader::useMig(bool isEnabled) {
  if (isEnabled) {
    mig_.findInstances();
  } else {
    mig_.forgetInstances();
  }
}

}  // namespace gpu_health
