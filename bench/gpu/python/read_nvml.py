"""Reads every value of every GPU through NVIDIA's own Python client, in the base units and by the names of fields.mjs.

A value that the driver or the client does not have is null. The client declares NVML's interface independently of this
product, so agreement shows that ours is right.
"""

import sys
from ctypes import byref

from lines import say

try:
    import pynvml as nvml
except ImportError:
    say("missing", message="nvidia-ml-py is not installed for this Python")
    sys.exit(3)


def ask(read, *arguments):
    """What `read` gives, or None where this card, driver or client lacks it."""
    try:
        return read(*arguments)
    except (nvml.NVMLError, AttributeError, TypeError):
        return None


def call(name, *arguments):
    return ask(lambda: getattr(nvml, name)(*arguments))


def constant(name):
    return getattr(nvml, name, None)


def scaled(value, factor):
    return None if value is None else value * factor


def field(gpu, identifier, member="uiVal"):
    """A field value; they are numbered, and the number is in no function's name."""

    def read():
        value = nvml.nvmlDeviceGetFieldValues(gpu, [identifier])[0]
        return getattr(value.value, member) if value.nvmlReturn == nvml.NVML_SUCCESS else None

    return ask(read)


def memory(gpu):
    version = constant("nvmlMemory_v2")
    info = call("nvmlDeviceGetMemoryInfo", gpu, version) if version else None
    plain = info or call("nvmlDeviceGetMemoryInfo", gpu)
    return {
        "memoryTotalBytes": getattr(plain, "total", None),
        "memoryReservedBytes": getattr(info, "reserved", None),
        "memoryUsedBytes": getattr(plain, "used", None),
        "memoryFreeBytes": getattr(plain, "free", None),
    }


def temperatures(gpu):
    def threshold(name):
        return call("nvmlDeviceGetTemperatureThreshold", gpu, constant(name))

    return {
        "temperatureCelsius": call("nvmlDeviceGetTemperature", gpu, nvml.NVML_TEMPERATURE_GPU),
        "memoryTemperatureCelsius": field(gpu, 82),
        "temperatureMarginCelsius": call("nvmlDeviceGetMarginTemperature", gpu),
        "shutdownCelsius": threshold("NVML_TEMPERATURE_THRESHOLD_SHUTDOWN"),
        "slowdownCelsius": threshold("NVML_TEMPERATURE_THRESHOLD_SLOWDOWN"),
        "memoryMaxCelsius": threshold("NVML_TEMPERATURE_THRESHOLD_MEM_MAX"),
        "gpuMaxCelsius": threshold("NVML_TEMPERATURE_THRESHOLD_GPU_MAX"),
        "shutdownMarginCelsius": field(gpu, 193, "siVal"),
        "slowdownMarginCelsius": field(gpu, 194, "siVal"),
    }


def work(gpu):
    utilization = call("nvmlDeviceGetUtilizationRates", gpu)
    reasons = call("nvmlDeviceGetCurrentClocksEventReasons", gpu)
    if reasons is None:
        reasons = call("nvmlDeviceGetCurrentClocksThrottleReasons", gpu)
    return {
        "gpuUtilizationRatio": scaled(getattr(utilization, "gpu", None), 0.01),
        "memoryUtilizationRatio": scaled(getattr(utilization, "memory", None), 0.01),
        "powerWatts": scaled(call("nvmlDeviceGetPowerUsage", gpu), 0.001),
        "powerLimitWatts": scaled(call("nvmlDeviceGetEnforcedPowerLimit", gpu), 0.001),
        "graphicsClockHertz": scaled(call("nvmlDeviceGetClockInfo", gpu, nvml.NVML_CLOCK_GRAPHICS), 1_000_000),
        "smClockHertz": scaled(call("nvmlDeviceGetClockInfo", gpu, nvml.NVML_CLOCK_SM), 1_000_000),
        "memoryClockHertz": scaled(call("nvmlDeviceGetClockInfo", gpu, nvml.NVML_CLOCK_MEM), 1_000_000),
        "clocksEventReasons": reasons,
    }


def memory_errors(gpu):
    def errors(kind, counter):
        return call("nvmlDeviceGetTotalEccErrors", gpu, constant(kind), constant(counter))

    def pages(cause):
        found = call("nvmlDeviceGetRetiredPages_v2", gpu, constant(cause))
        return None if found is None else len(found)

    modes = call("nvmlDeviceGetEccMode", gpu) or [None, None]
    rows = call("nvmlDeviceGetRemappedRows", gpu) or [None] * 4
    corrected, uncorrected = "NVML_MEMORY_ERROR_TYPE_CORRECTED", "NVML_MEMORY_ERROR_TYPE_UNCORRECTED"
    return {
        "eccEnabled": modes[0],
        "eccPending": modes[1],
        "eccVolatileCorrected": errors(corrected, "NVML_VOLATILE_ECC"),
        "eccVolatileUncorrected": errors(uncorrected, "NVML_VOLATILE_ECC"),
        "eccAggregateCorrected": errors(corrected, "NVML_AGGREGATE_ECC"),
        "eccAggregateUncorrected": errors(uncorrected, "NVML_AGGREGATE_ECC"),
        "remappedRowsCorrectable": rows[0],
        "remappedRowsUncorrectable": rows[1],
        "rowRemapPending": rows[2],
        "rowRemapFailed": rows[3],
        "retiredPagesSingleBit": pages("NVML_PAGE_RETIREMENT_CAUSE_MULTIPLE_SINGLE_BIT_ECC_ERRORS"),
        "retiredPagesDoubleBit": pages("NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR"),
        "retiredPagesPending": call("nvmlDeviceGetRetiredPagesPendingStatus", gpu),
        "recoveryAction": field(gpu, 230),
    }


def links(gpu):
    count = field(gpu, 91) or 0
    states = [call("nvmlDeviceGetNvLinkState", gpu, link) for link in range(count)]

    def counter(kind):
        return [call("nvmlDeviceGetNvLinkErrorCounter", gpu, link, kind) for link in range(count)]

    fabric = ask(lambda: nvml.c_nvmlGpuFabricInfo_v2_t())
    if fabric is not None and call("nvmlDeviceGetGpuFabricInfoV", gpu, byref(fabric)) is None:
        fabric = None
    return {
        "pcieReplays": call("nvmlDeviceGetPcieReplayCounter", gpu),
        "pcieLinkGeneration": call("nvmlDeviceGetCurrPcieLinkGeneration", gpu),
        "pcieMaxLinkGeneration": call("nvmlDeviceGetMaxPcieLinkGeneration", gpu),
        "pcieLinkWidth": call("nvmlDeviceGetCurrPcieLinkWidth", gpu),
        "pcieMaxLinkWidth": call("nvmlDeviceGetMaxPcieLinkWidth", gpu),
        "nvlinkStates": joined(states),
        "nvlinkCrcErrors": joined(counter(constant("NVML_NVLINK_ERROR_DL_CRC_FLIT"))),
        "nvlinkReplayErrors": joined(counter(constant("NVML_NVLINK_ERROR_DL_REPLAY"))),
        "nvlinkRecoveryErrors": joined(counter(constant("NVML_NVLINK_ERROR_DL_RECOVERY"))),
        "fabricState": getattr(fabric, "state", None),
        "fabricHealthMask": getattr(fabric, "healthMask", None),
    }


def joined(values):
    """As text, link by link; `-` where the link has no such value."""
    return " ".join("-" if value is None else str(value) for value in values)


def processes(gpu):
    found = call("nvmlDeviceGetComputeRunningProcesses", gpu)
    return None if found is None else " ".join(str(pid) for pid in sorted(each.pid for each in found))


def read(index):
    gpu = nvml.nvmlDeviceGetHandleByIndex(index)
    mig = call("nvmlDeviceGetMigMode", gpu)
    return {
        "index": index,
        "uuid": call("nvmlDeviceGetUUID", gpu),
        "name": call("nvmlDeviceGetName", gpu),
        "serial": call("nvmlDeviceGetSerial", gpu),
        "pciBusId": ask(lambda: nvml.nvmlDeviceGetPciInfo(gpu).busId),
        "driverVersion": call("nvmlSystemGetDriverVersion"),
        **memory(gpu),
        **temperatures(gpu),
        **work(gpu),
        **memory_errors(gpu),
        **links(gpu),
        "persistenceMode": call("nvmlDeviceGetPersistenceMode", gpu),
        "migEnabled": None if mig is None else mig[0],
        "computeProcesses": processes(gpu),
    }


nvml.nvmlInit()
say("gpus", gpus=[read(index) for index in range(nvml.nvmlDeviceGetCount())])
nvml.nvmlShutdown()
