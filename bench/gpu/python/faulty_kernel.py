"""Runs one thread on one GPU that writes to an address where no memory is.

The driver ends this process's context and reports an XID for it (31, a page fault; 13 from older GPUs): the same that a
bug in any CUDA program gives. Other processes and the card itself are not touched.
"""

import sys

from cuda_driver import ILLEGAL_ADDRESS, Cuda, CudaError
from lines import say

# In the first page, as behind a null pointer: neither a driver nor the operating system maps anything there.
UNMAPPED_ADDRESS = 0x10

PTX = """
.version 5.0
.target sm_50
.address_size 64

.visible .entry write_outside(.param .u64 target)
{
  .reg .b32 %value;
  .reg .b64 %address;

  ld.param.u64 %address, [target];
  mov.u32 %value, 1;
  st.global.u32 [%address], %value;
  ret;
}
"""


def main():
    with Cuda() as cuda:
        kernel = cuda.kernel(PTX, "write_outside")
        say("launch")
        try:
            cuda.launch(kernel, UNMAPPED_ADDRESS)
        except CudaError as error:
            say("fault", code=error.code, message=str(error), isExpected=error.code == ILLEGAL_ADDRESS)
            return
        say("no_fault")


if __name__ == "__main__":
    try:
        main()
    except (CudaError, OSError, AttributeError) as error:
        say("failed", message=str(error))
        sys.exit(1)
