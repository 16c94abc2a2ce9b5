"""Stands in for systemd: takes the messages of sd_notify(3) at the socket of the first argument, and prints each as a
line of JSON with the process that sent it, as the kernel names it: systemd believes nobody but the main process."""

import json
import socket
import struct
import sys

PATH = sys.argv[1]

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    receiver.bind("\0" + PATH[1:] if PATH.startswith("@") else PATH)
    print(json.dumps({"listening": PATH}), flush=True)
    while True:
        data, ancillary, _, _ = receiver.recvmsg(4096, socket.CMSG_SPACE(12))
        pid = next(struct.unpack("3i", value)[0] for _, kind, value in ancillary if kind == socket.SCM_CREDENTIALS)
        print(json.dumps({"pid": pid, "message": data.decode()}), flush=True)
