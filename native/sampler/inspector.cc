#include "sampler/inspector.h"

#include "sampler/field_values.h"

namespace gpu_health {
namespace {

bool isNonZero(unsigned value) { return value != 0; }

}  // namespace

Inspection Inspector::inspect(std::uint64_t sequence) {
  Inspection inspection;
  inspection.sequence = sequence;
  inspection.startedAt = Clock::now();
  readTemperatures(inspection);
  inspection.persistenceMode = flag(Signal::kPersistenceMode, calls_.functions().deviceGetPersistenceMode);
  readRepair(inspection);
  readPcie(inspection);
  inspection.nvlinks = nvlinks();
  inspection.fabric = fabric();
  inspection.migEnabled = calls_.once<bool>(Signal::kMigMode, [&]() -> Reading<bool> {
    unsigned current = 0;
    unsigned pending = 0;
    const nvml::Return code = calls_.call(calls_.functions().deviceGetMigMode, &current, &pending);
    if (code != nvml::kSuccess) return Absent{code};
    return isNonZero(current);
  });
  inspection.processes = processes_.read();
  inspection.completedAt = Clock::now();
  return inspection;
}

Reading<bool> Inspector::flag(Signal signal, const nvml::Function<nvml::Return(nvml::Device, unsigned*)>& function) {
  return mapReading<bool>(calls_.ask(signal, function, 0U), isNonZero);
}

void Inspector::readTemperatures(Inspection& inspection) {
  const auto threshold = [&](Signal signal, unsigned which) {
    return calls_.ask(signal, calls_.functions().deviceGetTemperatureThreshold, 0U, which);
  };
  const auto margin = [&](Signal signal, std::uint32_t field) {
    return askField<std::int32_t>(calls_, signal, field);
  };
  inspection.shutdownCelsius = threshold(Signal::kShutdownThreshold, nvml::kThresholdShutdown);
  inspection.slowdownCelsius = threshold(Signal::kSlowdownThreshold, nvml::kThresholdSlowdown);
  inspection.memoryMaximumCelsius = threshold(Signal::kMemoryMaximumThreshold, nvml::kThresholdMemoryMaximum);
  inspection.gpuMaximumCelsius = threshold(Signal::kGpuMaximumThreshold, nvml::kThresholdGpuMaximum);
  inspection.shutdownMarginCelsius = margin(Signal::kShutdownMargin, nvml::kFieldShutdownMargin);
  inspection.slowdownMarginCelsius = margin(Signal::kSlowdownMargin, nvml::kFieldSlowdownMargin);
  inspection.memoryMaximumMarginCelsius = margin(Signal::kMemoryMaximumMargin, nvml::kFieldMemoryMaximumMargin);
  inspection.gpuMaximumMarginCelsius = margin(Signal::kGpuMaximumMargin, nvml::kFieldGpuMaximumMargin);
}

void Inspector::readRepair(Inspection& inspection) {
  inspection.ecc = calls_.once<EccModes>(Signal::kEccMode, [&]() -> Reading<EccModes> {
    unsigned current = 0;
    unsigned pending = 0;
    const nvml::Return code = calls_.call(calls_.functions().deviceGetEccMode, &current, &pending);
    if (code != nvml::kSuccess) return Absent{code};
    return EccModes{isNonZero(current), isNonZero(pending)};
  });
  inspection.eccVolatileCorrected =
      eccErrors(Signal::kEccVolatileCorrected, nvml::kErrorCorrected, nvml::kCounterVolatile);
  inspection.eccVolatileUncorrected =
      eccErrors(Signal::kEccVolatileUncorrected, nvml::kErrorUncorrected, nvml::kCounterVolatile);
  inspection.eccAggregateCorrected =
      eccErrors(Signal::kEccAggregateCorrected, nvml::kErrorCorrected, nvml::kCounterAggregate);
  inspection.eccAggregateUncorrected =
      eccErrors(Signal::kEccAggregateUncorrected, nvml::kErrorUncorrected, nvml::kCounterAggregate);
  inspection.remappedRows = remappedRows();
  inspection.retiredPagesSingleBit = retiredPages(Signal::kRetiredPagesSingleBit, nvml::kRetiredForSingleBitErrors);
  inspection.retiredPagesDoubleBit = retiredPages(Signal::kRetiredPagesDoubleBit, nvml::kRetiredForDoubleBitError);
  inspection.retiredPagesPending =
      flag(Signal::kRetiredPagesPending, calls_.functions().deviceGetRetiredPagesPendingStatus);
  inspection.recoveryAction =
      askField<std::uint32_t>(calls_, Signal::kRecoveryAction, nvml::kFieldRecoveryAction);
}

Reading<std::uint64_t> Inspector::eccErrors(Signal signal, unsigned error, unsigned counter) {
  return calls_.ask(signal, calls_.functions().deviceGetTotalEccErrors, std::uint64_t{0}, error, counter);
}

Reading<RemappedRows> Inspector::remappedRows() {
  return calls_.once<RemappedRows>(Signal::kRemappedRows, [&]() -> Reading<RemappedRows> {
    unsigned correctable = 0;
    unsigned uncorrectable = 0;
    unsigned isPending = 0;
    unsigned hasFailed = 0;
    const nvml::Return code = calls_.call(calls_.functions().deviceGetRemappedRows, &correctable, &uncorrectable,
                                          &isPending, &hasFailed);
    if (code != nvml::kSuccess) return Absent{code};
    return RemappedRows{correctable, uncorrectable, isNonZero(isPending), isNonZero(hasFailed)};
  });
}

Reading<std::uint32_t> Inspector::retiredPages(Signal signal, unsigned cause) {
  return calls_.once<std::uint32_t>(signal, [&]() -> Reading<std::uint32_t> {
    // Without room for addresses the answer is how many there are, as too little room unless there are none.
    unsigned count = 0;
    std::uint64_t* const none = nullptr;
    const nvml::Return code = calls_.call(calls_.functions().deviceGetRetiredPages, cause, &count, none, none);
    if (code != nvml::kSuccess && code != nvml::kInsufficientSize) return Absent{code};
    return count;
  });
}

void Inspector::readPcie(Inspection& inspection) {
  const nvml::Functions& functions = calls_.functions();
  inspection.pcieReplayCount = calls_.ask(Signal::kPcieReplayCount, functions.deviceGetPcieReplayCounter, 0U);
  inspection.pcieLinkGeneration = calls_.ask(Signal::kPcieLinkGeneration, functions.deviceGetPcieLinkGeneration, 0U);
  inspection.pcieMaximumLinkGeneration =
      calls_.ask(Signal::kPcieMaximumLinkGeneration, functions.deviceGetMaxPcieLinkGeneration, 0U);
  inspection.pcieLinkWidth = calls_.ask(Signal::kPcieLinkWidth, functions.deviceGetPcieLinkWidth, 0U);
  inspection.pcieMaximumLinkWidth = calls_.ask(Signal::kPcieMaximumLinkWidth, functions.deviceGetMaxPcieLinkWidth, 0U);
}

std::vector<NvlinkReading> Inspector::nvlinks() {
  const auto count = askField<std::uint32_t>(calls_, Signal::kNvlinkCount, nvml::kFieldNvlinkCount);
  const auto* known = std::get_if<std::uint32_t>(&count);
  std::vector<NvlinkReading> links;
  for (unsigned link = 0; link < (known ? *known : nvml::kMaximumNvlinks); ++link) {
    const auto isActive = nvlinkState(link);
    // A driver that does not tell how many links there are refuses those beyond, and all of a card without.
    const auto* absent = std::get_if<Absent>(&isActive);
    if (absent && (nvml::isUnsupported(absent->code) || absent->code == nvml::kInvalidArgument)) break;
    const bool isDown = absent || !std::get<bool>(isActive);
    links.push_back({link, isActive, nvlinkErrors(Signal::kNvlinkCrcErrors, link, nvml::kNvlinkCrcFlit, isDown),
                     nvlinkErrors(Signal::kNvlinkReplayErrors, link, nvml::kNvlinkReplay, isDown),
                     nvlinkErrors(Signal::kNvlinkRecoveryErrors, link, nvml::kNvlinkRecovery, isDown)});
  }
  return links;
}

Reading<bool> Inspector::nvlinkState(unsigned link) {
  const auto read = [&]() -> Reading<bool> {
    unsigned value = 0;
    const nvml::Return code = calls_.call(calls_.functions().deviceGetNvLinkState, link, &value);
    if (code != nvml::kSuccess) return Absent{code};
    return isNonZero(value);
  };
  // Only the first link's refusal is about all.
  return link == 0 ? calls_.once<bool>(Signal::kNvlinkState, read) : read();
}

Reading<std::uint64_t> Inspector::nvlinkErrors(Signal signal, unsigned link, unsigned counter, bool isDown) {
  const auto read = [&]() -> Reading<std::uint64_t> {
    std::uint64_t errors = 0;
    const nvml::Return code = calls_.call(calls_.functions().deviceGetNvLinkErrorCounter, link, counter, &errors);
    if (code != nvml::kSuccess) return Absent{code};
    return errors;
  };
  // The refusal of a link that is down is about that link.
  return isDown ? read() : calls_.once<std::uint64_t>(signal, read);
}

Reading<FabricReading> Inspector::fabric() {
  return calls_.once<FabricReading>(Signal::kFabric, [&]() -> Reading<FabricReading> {
    nvml::FabricInfo info{};
    info.version = nvml::kFabricInfoVersion;
    const nvml::Return code = calls_.call(calls_.functions().deviceGetGpuFabricInfo, &info);
    if (code != nvml::kSuccess) return Absent{code};
    return FabricReading{info.state, info.status, info.healthMask};
  });
}

}  // namespace gpu_health
