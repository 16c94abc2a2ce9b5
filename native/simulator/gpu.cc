#include "simulator/gpu.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>

#include "simulator/setting_table.h"

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

/** What follows the "GPU-" or "MIG-" of a UUID. */
std::string makeUuid(const std::string& name, std::uint64_t index) {
  const std::uint64_t high = hash(name, index + 1);
  const std::uint64_t low = hash(name, ~index);
  return format("%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32U),
                static_cast<unsigned>(high >> 16U & 0xffffU), static_cast<unsigned>(high & 0xffffU),
                static_cast<unsigned>(low >> 48U), static_cast<unsigned long long>(low & 0xffffffffffffU));
}

std::uint32_t toPercent(const Setting& setting) { return static_cast<std::uint32_t>(setting.toInteger(100)); }

std::uint64_t toMask(const Setting& setting) { return setting.toInteger(std::numeric_limits<std::uint64_t>::max()); }

std::uint64_t checkedUsed(const Gpu& gpu, const Setting& setting) {
  const std::uint64_t bytes = setting.toBytes();
  if (bytes > gpu.totalBytes - gpu.reservedBytes) throw setting.error("the GPU has no more memory than that");
  return bytes;
}

void applyTotal(Gpu& gpu, const Setting& setting) {
  gpu.totalBytes = setting.toBytes();
  if (gpu.totalBytes < gpu.reservedBytes + gpu.usedBytes) throw setting.error("less than is used and reserved");
}

void applyReserved(Gpu& gpu, const Setting& setting) {
  gpu.reservedBytes = setting.toBytes();
  if (gpu.reservedBytes > gpu.totalBytes - gpu.usedBytes) throw setting.error("more than is not used");
}

void applyLost(Gpu& gpu, const Setting& setting) {
  gpu.lostUntilInit = setting.value == "until_init";
  gpu.lost = !gpu.lostUntilInit && setting.toBool();
}

constexpr SettingRow<Gpu> kSettings[] = {
    {"name", [](Gpu& gpu, const Setting& setting) { gpu.name = setting.value; }},
    {"uuid", [](Gpu& gpu, const Setting& setting) { gpu.uuid = setting.value; }},
    {"serial", [](Gpu& gpu, const Setting& setting) { gpu.serial = setting.value; }},
    {"pci.device_id", [](Gpu& gpu, const Setting& setting) { gpu.pciDeviceId = setting.toUint32(); }},
    {"pci.subsystem_id", [](Gpu& gpu, const Setting& setting) { gpu.pciSubsystemId = setting.toUint32(); }},
    {"memory.total", applyTotal},
    {"memory.reserved", applyReserved},
    {"memory.used", [](Gpu& gpu, const Setting& setting) { gpu.usedBytes = checkedUsed(gpu, setting); }},
    {"memory.free",
     [](Gpu& gpu, const Setting& setting) {
       gpu.usedBytes = gpu.totalBytes - gpu.reservedBytes - checkedUsed(gpu, setting);
     }},
    {"memory.leak", [](Gpu& gpu, const Setting& setting) { gpu.leakBytesPerSecond = setting.toBytes(); }},
    {"memory.leak.since", [](Gpu& gpu, const Setting& setting) { gpu.leakSinceMs = toMask(setting); }},
    {"utilization.gpu", [](Gpu& gpu, const Setting& setting) { gpu.gpuPercent = toPercent(setting); }},
    {"utilization.memory", [](Gpu& gpu, const Setting& setting) { gpu.memoryPercent = toPercent(setting); }},
    {"power", [](Gpu& gpu, const Setting& setting) { gpu.powerMilliwatts = setting.toUint32(); }},
    {"power.limit", [](Gpu& gpu, const Setting& setting) { gpu.powerLimitMilliwatts = setting.toUint32(); }},
    {"clock.event_reasons", [](Gpu& gpu, const Setting& setting) { gpu.clockEventReasons = toMask(setting); }},
    {"persistence", [](Gpu& gpu, const Setting& setting) { gpu.persistenceMode = setting.toBool(); }},
    {"events.supported", [](Gpu& gpu, const Setting& setting) { gpu.supportedEvents = toMask(setting); }},
    {"lost", applyLost},
    {"absent", [](Gpu& gpu, const Setting& setting) { gpu.absent = setting.toBool(); }},
};

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

}  // namespace

std::string Gpu::busId() const { return format("%08X:%02X:00.0", pciDomain, pciBus); }

std::string Gpu::legacyBusId() const { return format("%04X:%02X:00.0", pciDomain, pciBus); }

std::uint64_t Gpu::usedNow() const {
  std::uint64_t inProcesses = 0;
  for (const auto& [pid, process] : processes) inProcesses += process.usedBytes.value_or(0);
  std::uint64_t inInstances = 0;
  for (std::size_t index = 0; mig && index < mig->instances.size(); ++index) inInstances += migUsedBytes(index);
  std::uint64_t used = std::max({usedBytes, inProcesses, inInstances});
  if (leakBytesPerSecond > 0) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto nowMs = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    const double leakingSeconds = static_cast<double>(nowMs - std::min(nowMs, leakSinceMs)) / 1000;
    const double leaked = static_cast<double>(leakBytesPerSecond) * leakingSeconds;
    used += static_cast<std::uint64_t>(std::min(leaked, static_cast<double>(totalBytes)));
  }
  return std::min(used, totalBytes - reservedBytes);
}

std::uint64_t Gpu::migUsedBytes(std::size_t instance) const {
  std::uint64_t inProcesses = 0;
  for (const auto& [pid, process] : processes) {
    if (process.migInstance == instance) inProcesses += process.usedBytes.value_or(0);
  }
  return std::min(std::max(mig->instances[instance].usedBytes, inProcesses), mig->instanceBytes);
}

std::string Gpu::migUuid(std::size_t instance) const { return "MIG-" + makeUuid(uuid, instance); }

void Gpu::apply(const std::string& key, const Setting& setting) {
  if (applyRow(kSettings, *this, key, setting) || applyClock(*this, key, setting) || thermal.apply(key, setting) ||
      repair.apply(key, setting) || links.apply(key, setting) || Mig::apply(mig, key, setting) ||
      applyProcess(processes, key, setting) || applyEvent(events, key, setting) || faults.apply(key, setting) ||
      cuda.apply(key, setting)) {
    return;
  }
  throw setting.error("a GPU has no such setting");
}

Gpu makeGpu(const std::vector<Setting>& model, unsigned index) {
  Gpu gpu;
  for (const Setting& setting : model) gpu.apply(setting.key, setting);
  if (gpu.uuid.empty()) gpu.uuid = "GPU-" + makeUuid(gpu.name, index);
  if (gpu.serial.empty()) gpu.serial = format("16540240%05u", index + 1);
  // Eight GPUs to a PCI domain, spaced as on boards with one switch for each pair.
  gpu.pciDomain = index / 8;
  gpu.pciBus = 0x1b + 0x10 * (index % 8);
  return gpu;
}

}  // namespace gpu_health::simulator
