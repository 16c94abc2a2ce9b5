"""Reads every value of every GPU through NVIDIA's own Python client and prints them as JSON.

It declares the structs of NVML's interface independently of this product, so agreement proves their layout.
"""

import json

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
        "utilization": fields(nvml.nvmlDeviceGetUtilizationRates(gpu), "gpu", "memory"),
        "temperature": nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU),
        "temperatureV": nvml.nvmlDeviceGetTemperatureV(gpu, nvml.NVML_TEMPERATURE_GPU),
        "power": nvml.nvmlDeviceGetPowerUsage(gpu),
        "enforcedPowerLimit": nvml.nvmlDeviceGetEnforcedPowerLimit(gpu),
        "powerManagementLimit": nvml.nvmlDeviceGetPowerManagementLimit(gpu),
        "clock": {name: nvml.nvmlDeviceGetClockInfo(gpu, clock) for name, clock in CLOCKS.items()},
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
        }
    )
)
nvml.nvmlShutdown()
