"""Takes the memory of one GPU in steps until little is left, and holds it until standard input ends.

It never takes more than what leaves --leave bytes free, asked anew before each step. Everything is freed when standard
input ends (so also when whoever started it is gone), on a signal, and after --hold seconds.
"""

import argparse
import os
import select
import signal
import sys

from cuda_driver import Cuda, CudaError
from lines import say

STEP_BYTES = 1 << 30
# Smaller pieces are not worth a call; the driver hands memory out in pages of 2 MiB.
SMALLEST_STEP_BYTES = 32 << 20


def fill(cuda, leave_bytes, pointers):
    """Allocates until another step would leave less than `leave_bytes` free."""
    while True:
        free_bytes, _ = cuda.memory()
        step = min(STEP_BYTES, free_bytes - leave_bytes)
        if step < SMALLEST_STEP_BYTES:
            return
        try:
            pointers.append(cuda.allocate(step))
        except CudaError as error:
            # Somebody else was faster: what is held so far is as full as this GPU gets.
            say("refused", message=str(error))
            return
        say("step", freeBytes=cuda.memory()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leave", type=int, required=True, help="bytes to leave free")
    parser.add_argument("--hold", type=float, default=120, help="seconds to hold the memory at most")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    pointers = []
    with Cuda() as cuda:
        say("began", pid=os.getpid(), freeBytes=cuda.memory()[0])
        try:
            fill(cuda, options.leave, pointers)
            say("filled", freeBytes=cuda.memory()[0])
            select.select([sys.stdin], [], [], options.hold)
        finally:
            for pointer in pointers:
                cuda.free(pointer)
            say("freed", freeBytes=cuda.memory()[0])


if __name__ == "__main__":
    try:
        main()
    except (CudaError, OSError, AttributeError) as error:
        say("failed", message=str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
