"""Waits for XIDs through NVML, straight out of libnvidia-ml.so.1, until standard input ends.

It is the second witness: where neither it nor the server hears of a fault, this machine does not deliver events.
"""

import argparse
import ctypes
import select
import sys
from ctypes import byref, c_uint, c_ulonglong, c_void_p

from lines import say

XID_EVENT = 0x8
SUCCESS, TIMEOUT = 0, 10
WAIT_MS = 200


class EventData(ctypes.Structure):
    """nvmlEventData_t."""

    _fields_ = [
        ("device", c_void_p),
        ("type", c_ulonglong),
        ("data", c_ulonglong),
        ("gpu_instance", c_uint),
        ("compute_instance", c_uint),
    ]


def check(code, function):
    if code != SUCCESS:
        raise OSError(f"{function} gave {code}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", default="libnvidia-ml.so.1")
    parser.add_argument("--uuid", required=True)
    options = parser.parse_args()
    nvml = ctypes.CDLL(options.library)
    nvml.nvmlEventSetWait_v2.argtypes = [c_void_p, c_void_p, c_uint]
    nvml.nvmlDeviceRegisterEvents.argtypes = [c_void_p, c_ulonglong, c_void_p]
    device, events = c_void_p(), c_void_p()
    check(nvml.nvmlInit_v2(), "nvmlInit_v2")
    check(nvml.nvmlDeviceGetHandleByUUID(options.uuid.encode(), byref(device)), "nvmlDeviceGetHandleByUUID")
    check(nvml.nvmlEventSetCreate(byref(events)), "nvmlEventSetCreate")
    check(nvml.nvmlDeviceRegisterEvents(device, XID_EVENT, events), "nvmlDeviceRegisterEvents")
    say("listening")
    while not select.select([sys.stdin], [], [], 0)[0]:
        event = EventData()
        code = nvml.nvmlEventSetWait_v2(events, byref(event), WAIT_MS)
        if code == SUCCESS and event.type == XID_EVENT:
            say("xid", xid=event.data)
        elif code not in (SUCCESS, TIMEOUT):
            check(code, "nvmlEventSetWait_v2")
    nvml.nvmlEventSetFree(events)
    nvml.nvmlShutdown()


if __name__ == "__main__":
    try:
        main()
    except (OSError, AttributeError) as error:
        say("failed", message=str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
