#include "simulator/gpu.h"

#include <algorithm>
#include <cstdio>

namespace gpu_health::simulator {
namespace {

constexpr std::array<const char*, nvml::kClockTypeCount> kClockNames = {"graphics", "sm", "memory", "video"};

/** FNV-1a over the text, started from `seed`. */
std::uint64_t hash(const std::string& text, std::uint64_t seed) {
  std::uint64_t value = 0xcbf29ce484222325U ^ seed;
  for (const char character : text) {
    value = (value ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  }
  return value;
}

template <class... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), pattern, arguments...);
  return text.data();
}

std::string makeUuid(const std::string& name, unsigned index) {
  const std::uint64_t high = hash(name, index + 1);
  const std::uint64_t low = hash(name, ~std::uint64_t{index});
  return format("GPU-%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32U),
                static_cast<unsigned>(high >> 16U & 0xffffU), static_cast<unsigned>(high & 0xffffU),
                static_cast<unsigned>(low >> 48U), static_cast<unsigned long long>(low & 0xffffffffffffU));
}

std::uint32_t toPercent(const Setting& setting) { return static_cast<std::uint32_t>(setting.toInteger(100)); }

std::uint64_t checkedUsed(const Gpu& gpu, std::uint64_t bytes, const Setting& setting) {
  if (bytes > gpu.totalBytes - gpu.reservedBytes) throw setting.error("the GPU has no more memory than that");
  return bytes;
}

bool applyMemory(Gpu& gpu, const std::string& key, const Setting& setting) {
  if (key == "memory.total") {
    gpu.totalBytes = setting.toBytes();
    if (gpu.totalBytes < gpu.reservedBytes + gpu.usedBytes) throw setting.error("less than is used and reserved");
  } else if (key == "memory.reserved") {
    gpu.reservedBytes = setting.toBytes();
    if (gpu.reservedBytes > gpu.totalBytes - gpu.usedBytes) throw setting.error("more than is not used");
  } else if (key == "memory.used") {
    gpu.usedBytes = checkedUsed(gpu, setting.toBytes(), setting);
  } else if (key == "memory.free") {
    const std::uint64_t free = checkedUsed(gpu, setting.toBytes(), setting);
    gpu.usedBytes = gpu.totalBytes - gpu.reservedBytes - free;
  } else {
    return false;
  }
  return true;
}

bool applyIdentity(Gpu& gpu, const std::string& key, const Setting& setting) {
  if (key == "name") {
    gpu.name = setting.value;
  } else if (key == "uuid") {
    gpu.uuid = setting.value;
  } else if (key == "serial") {
    gpu.serial = setting.value;
  } else if (key == "pci.device_id") {
    gpu.pciDeviceId = setting.toUint32();
  } else if (key == "pci.subsystem_id") {
    gpu.pciSubsystemId = setting.toUint32();
  } else {
    return false;
  }
  return true;
}

bool applyClock(Gpu& gpu, const std::string& key, const Setting& setting) {
  for (std::size_t type = 0; type < kClockNames.size(); ++type) {
    if (key == std::string("clock.") + kClockNames[type]) {
      gpu.clockMhz[type] = setting.toUint32();
      return true;
    }
    if (key == std::string("clock.max.") + kClockNames[type]) {
      gpu.maxClockMhz[type] = setting.toUint32();
      return true;
    }
  }
  return false;
}

bool applyReading(Gpu& gpu, const std::string& key, const Setting& setting) {
  if (key == "utilization.gpu") {
    gpu.gpuPercent = toPercent(setting);
  } else if (key == "utilization.memory") {
    gpu.memoryPercent = toPercent(setting);
  } else if (key == "temperature") {
    gpu.temperatureCelsius = setting.toCelsius();
  } else if (key == "power") {
    gpu.powerMilliwatts = setting.toUint32();
  } else if (key == "power.limit") {
    gpu.powerLimitMilliwatts = setting.toUint32();
  } else if (key == "lost") {
    gpu.lost = setting.toBool();
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string Gpu::busId() const { return format("%08X:%02X:00.0", pciDomain, pciBus); }

std::string Gpu::legacyBusId() const { return format("%04X:%02X:00.0", pciDomain, pciBus); }

void Gpu::apply(const std::string& key, const Setting& setting) {
  if (applyMemory(*this, key, setting) || applyReading(*this, key, setting) || applyClock(*this, key, setting) ||
      applyIdentity(*this, key, setting) || faults.apply(key, setting)) {
    return;
  }
  throw setting.error("a GPU has no such setting");
}

Gpu makeGpu(const std::vector<Setting>& model, unsigned index) {
  Gpu gpu;
  for (const Setting& setting : model) gpu.apply(setting.key, setting);
  if (gpu.uuid.empty()) gpu.uuid = makeUuid(gpu.name, index);
  if (gpu.serial.empty()) gpu.serial = format("16540240%05u", index + 1);
  // Eight GPUs to a PCI domain, spaced as on boards with one switch for each pair.
  gpu.pciDomain = index / 8;
  gpu.pciBus = 0x1b + 0x10 * (index % 8);
  return gpu;
}

}  // namespace gpu_health::simulator
