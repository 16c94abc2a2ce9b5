// ECC, remapped rows and retired pages.
#include "simulator/exports.h"

namespace {

using namespace gpu_health::nvml;
using namespace gpu_health::simulator;

unsigned toFlag(bool value) { return value ? 1 : 0; }

}  // namespace

NVML_EXPORT Return nvmlDeviceGetEccMode(Device device, unsigned* current, unsigned* pending) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    if (!gpu.repair.ecc) return kNotSupported;
    if (!current || !pending) return kInvalidArgument;
    *current = toFlag(gpu.repair.ecc->isEnabled);
    *pending = toFlag(gpu.repair.ecc->willBeEnabled);
    return kSuccess;
  });
}

NVML_EXPORT Return nvmlDeviceGetTotalEccErrors(Device device, unsigned error, unsigned counter, std::uint64_t* count) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    const auto& ecc = gpu.repair.ecc;
    if (error > kErrorUncorrected || counter > kCounterAggregate) return kInvalidArgument;
    if (!ecc || !ecc->isEnabled) return kNotSupported;
    if (counter == kCounterVolatile) {
      return store(count, error == kErrorCorrected ? ecc->volatileCorrected : ecc->volatileUncorrected);
    }
    return store(count, error == kErrorCorrected ? ecc->aggregateCorrected : ecc->aggregateUncorrected);
  });
}

NVML_EXPORT Return nvmlDeviceGetRemappedRows(Device device, unsigned* correctable, unsigned* uncorrectable,
                                             unsigned* isPending, unsigned* hasFailed) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    const auto& rows = gpu.repair.rows;
    if (!rows || gpu.hasMigEnabled()) return kNotSupported;
    if (!correctable || !uncorrectable || !isPending || !hasFailed) return kInvalidArgument;
    *correctable = rows->correctable;
    *uncorrectable = rows->uncorrectable;
    *isPending = toFlag(rows->isPending);
    *hasFailed = toFlag(rows->hasFailed);
    return kSuccess;
  });
}

NVML_EXPORT Return nvmlDeviceGetRetiredPages_v2(Device device, unsigned cause, unsigned* count,
                                                std::uint64_t* addresses, std::uint64_t* timestamps) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    const auto& pages = gpu.repair.pages;
    if (!pages) return kNotSupported;
    if (!count || cause > kRetiredForDoubleBitError) return kInvalidArgument;
    const unsigned room = *count;
    *count = cause == kRetiredForSingleBitErrors ? pages->singleBit : pages->doubleBit;
    if (*count > room) return kInsufficientSize;
    for (unsigned index = 0; index < *count; ++index) {
      if (addresses) addresses[index] = 0x1000U * (index + 1U);
      if (timestamps) timestamps[index] = 0;
    }
    return kSuccess;
  });
}

NVML_EXPORT Return nvmlDeviceGetRetiredPagesPendingStatus(Device device, unsigned* isPending) {
  return onDevice(__func__, device, [&](const Gpu& gpu) {
    return gpu.repair.pages ? store(isPending, toFlag(gpu.repair.pages->isPending)) : kNotSupported;
  });
}
