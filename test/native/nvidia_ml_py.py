"""Reads every value of every GPU through NVIDIA's own Python client and prints them as JSON.

It declares the structs of NVML's interface independently of this product, so agreement proves their layout.
"""

import json
import os

import pynvml as nvml

CLOCKS = {
    "graphics": nvml.NVML_CLOCK_GRAPHICS,
    "sm": nvml.NVML_CLOCK_SM,
    "memory": nvml.NVML_CLOCK_MEM,
    "video": nvml.NVML_CLOCK_VIDEO,
}


def serial(gpu):
    try:
        return nvml.nvmlDeviceGetSerial(gpu)
    except nvml.NVMLError as error:
        return error.value


def fields(struct, *names):
    return {name: getattr(struct, name) for name in names}


def utilization(gpu):
    """Refused under MIG."""
    rates = unless_refused(nvml.nvmlDeviceGetUtilizationRates, gpu)
    return rates if isinstance(rates, dict) else fields(rates, "gpu", "memory")


def unless_refused(call, *arguments):
    """What a call gives, or the code that it is refused with."""
    try:
        return call(*arguments)
    except nvml.NVMLError as error:
        return {"code": error.value}


def field(gpu, field_id):
    value = nvml.nvmlDeviceGetFieldValues(gpu, [field_id])[0]
    if value.nvmlReturn != nvml.NVML_SUCCESS:
        return {"code": value.nvmlReturn}
    return value.value.siVal if value.valueType == nvml.NVML_VALUE_TYPE_SIGNED_INT else value.value.uiVal


def fabric(gpu):
    info = nvml.c_nvmlGpuFabricInfo_v2_t()
    unless_refused(nvml.nvmlDeviceGetGpuFabricInfoV, gpu, nvml.byref(info))
    return fields(info, "state", "status", "healthMask")


def processes(gpu):
    listed = nvml.nvmlDeviceGetComputeRunningProcesses(gpu)
    return [
        {**fields(process, "pid", "usedGpuMemory"), "name": nvml.nvmlSystemGetProcessName(process.pid)}
        for process in listed
    ]


def instances(gpu):
    found = []
    for index in range(nvml.nvmlDeviceGetMaxMigDeviceCount(gpu)):
        instance = unless_refused(nvml.nvmlDeviceGetMigDeviceHandleByIndex, gpu, index)
        if isinstance(instance, dict):
            continue
        found.append(
            {
                "gpuInstance": nvml.nvmlDeviceGetGpuInstanceId(instance),
                "computeInstance": nvml.nvmlDeviceGetComputeInstanceId(instance),
                "name": nvml.nvmlDeviceGetName(instance),
                "uuid": nvml.nvmlDeviceGetUUID(instance),
                "free": nvml.nvmlDeviceGetMemoryInfo(instance, nvml.nvmlMemory_v2).free,
            }
        )
    return found


def ecc(gpu):
    kinds = {"corrected": 0, "uncorrected": 1}
    counters = {"volatile": 0, "aggregate": 1}
    return {
        f"{counter} {kind}": unless_refused(nvml.nvmlDeviceGetTotalEccErrors, gpu, kinds[kind], counters[counter])
        for kind in kinds
        for counter in counters
    }


def pages(gpu):
    cause = nvml.NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR
    retired = unless_refused(nvml.nvmlDeviceGetRetiredPages_v2, gpu, cause)
    return len(retired) if isinstance(retired, list) else retired


def condition(gpu):
    """What a GPU's health depends on beside its readings."""
    return {
        "memoryTemperature": field(gpu, nvml.NVML_FI_DEV_MEMORY_TEMP),
        "margin": unless_refused(nvml.nvmlDeviceGetMarginTemperature, gpu),
        "shutdownMargin": field(gpu, nvml.NVML_FI_DEV_TEMPERATURE_SHUTDOWN_TLIMIT),
        "shutdown": unless_refused(
            nvml.nvmlDeviceGetTemperatureThreshold, gpu, nvml.NVML_TEMPERATURE_THRESHOLD_SHUTDOWN
        ),
        "reasons": nvml.nvmlDeviceGetCurrentClocksEventReasons(gpu),
        "persistence": nvml.nvmlDeviceGetPersistenceMode(gpu),
        "eccMode": unless_refused(nvml.nvmlDeviceGetEccMode, gpu),
        "ecc": ecc(gpu),
        "rows": unless_refused(nvml.nvmlDeviceGetRemappedRows, gpu),
        "pages": pages(gpu),
        "recoveryAction": field(gpu, nvml.NVML_FI_DEV_GET_GPU_RECOVERY_ACTION),
        "replays": nvml.nvmlDeviceGetPcieReplayCounter(gpu),
        "width": [nvml.nvmlDeviceGetCurrPcieLinkWidth(gpu), nvml.nvmlDeviceGetMaxPcieLinkWidth(gpu)],
        "generation": [nvml.nvmlDeviceGetCurrPcieLinkGeneration(gpu), nvml.nvmlDeviceGetMaxPcieLinkGeneration(gpu)],
        "links": [unless_refused(nvml.nvmlDeviceGetNvLinkState, gpu, link) for link in (0, 3)],
        "linkErrors": unless_refused(
            nvml.nvmlDeviceGetNvLinkErrorCounter, gpu, 4, nvml.NVML_NVLINK_ERROR_DL_CRC_FLIT
        ),
        "fabric": fabric(gpu),
        "processes": processes(gpu),
        "mig": unless_refused(nvml.nvmlDeviceGetMigMode, gpu),
        "instances": instances(gpu),
    }


def wait_for_event(gpu, state):
    """Registers, lets an XID happen by adding a line to the state file, and waits for it."""
    events = nvml.nvmlEventSetCreate()
    nvml.nvmlDeviceRegisterEvents(gpu, nvml.nvmlEventTypeXidCriticalError, events)
    with open(state, encoding="utf-8") as file:
        settings = file.read()
    with open(state + ".new", "w", encoding="utf-8") as file:
        file.write(settings + "gpu.1.event.1 = xid 79\n")
    os.rename(state + ".new", state)
    event = nvml.nvmlEventSetWait_v2(events, 10000)
    nvml.nvmlEventSetFree(events)
    return {
        "type": event.eventType,
        "data": event.eventData,
        "gpuInstance": event.gpuInstanceId,
        "index": nvml.nvmlDeviceGetIndex(event.device),
    }


def read(index):
    gpu = nvml.nvmlDeviceGetHandleByIndex(index)
    pci = nvml.nvmlDeviceGetPciInfo(gpu)
    uuid = nvml.nvmlDeviceGetUUID(gpu)
    return {
        "index": nvml.nvmlDeviceGetIndex(gpu),
        "indexByUuid": nvml.nvmlDeviceGetIndex(nvml.nvmlDeviceGetHandleByUUID(uuid)),
        "indexByPci": nvml.nvmlDeviceGetIndex(nvml.nvmlDeviceGetHandleByPciBusId(pci.busId)),
        "name": nvml.nvmlDeviceGetName(gpu),
        "uuid": uuid,
        "serial": serial(gpu),
        "pci": fields(pci, "busId", "busIdLegacy", "domain", "bus", "device", "pciDeviceId", "pciSubSystemId"),
        "memory": fields(nvml.nvmlDeviceGetMemoryInfo(gpu), "total", "free", "used"),
        "memoryV2": fields(
            nvml.nvmlDeviceGetMemoryInfo(gpu, nvml.nvmlMemory_v2), "total", "reserved", "free", "used"
        ),
        "utilization": utilization(gpu),
        "temperature": nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU),
        "temperatureV": nvml.nvmlDeviceGetTemperatureV(gpu, nvml.NVML_TEMPERATURE_GPU),
        "power": nvml.nvmlDeviceGetPowerUsage(gpu),
        "enforcedPowerLimit": nvml.nvmlDeviceGetEnforcedPowerLimit(gpu),
        "powerManagementLimit": nvml.nvmlDeviceGetPowerManagementLimit(gpu),
        "clock": {name: nvml.nvmlDeviceGetClockInfo(gpu, clock) for name, clock in CLOCKS.items()},
        "condition": condition(gpu),
        "maxClock": {name: nvml.nvmlDeviceGetMaxClockInfo(gpu, clock) for name, clock in CLOCKS.items()},
    }


nvml.nvmlInit()
print(
    json.dumps(
        {
            "driverVersion": nvml.nvmlSystemGetDriverVersion(),
            "nvmlVersion": nvml.nvmlSystemGetNVMLVersion(),
            "cudaDriverVersion": nvml.nvmlSystemGetCudaDriverVersion(),
            "cudaDriverVersionV2": nvml.nvmlSystemGetCudaDriverVersion_v2(),
            "gpus": [read(index) for index in range(nvml.nvmlDeviceGetCount())],
            "event": wait_for_event(nvml.nvmlDeviceGetHandleByIndex(1), os.environ["NVML_SIMULATOR_STATE"]),
        }
    )
)
nvml.nvmlShutdown()
