"""The few functions of the CUDA driver that the other programs here use, straight out of libcuda.so.1.

Nothing needs to be installed. Which GPU is meant is said by CUDA_VISIBLE_DEVICES: it is always device 0 here.
"""

import ctypes
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p

ILLEGAL_ADDRESS = 700

# The stable symbols behind cuda.h's names: cuMemAlloc is cuMemAlloc_v2 there.
_PARAMETERS = {
    "cuInit": [c_uint],
    "cuGetErrorName": [c_int, c_void_p],
    "cuDeviceGet": [c_void_p, c_int],
    "cuCtxCreate_v2": [c_void_p, c_uint, c_int],
    "cuCtxSynchronize": [],
    "cuCtxDestroy_v2": [c_void_p],
    "cuMemGetInfo_v2": [c_void_p, c_void_p],
    "cuMemAlloc_v2": [c_void_p, c_size_t],
    "cuMemFree_v2": [c_uint64],
    "cuModuleLoadData": [c_void_p, c_char_p],
    "cuModuleGetFunction": [c_void_p, c_void_p, c_char_p],
    "cuLaunchKernel": [c_void_p] + [c_uint] * 7 + [c_void_p] * 3,
}


class CudaError(Exception):
    """A call that failed, with its name and the driver's code."""

    def __init__(self, function, code, name):
        super().__init__(f"{function} gave {code} ({name})")
        self.code = code


class Cuda:
    """A context on device 0. Leaving the `with` block destroys it, and whatever was made in it goes with it."""

    def __init__(self):
        self._library = ctypes.CDLL("libcuda.so.1")
        for name, parameters in _PARAMETERS.items():
            function = getattr(self._library, name)
            function.argtypes = parameters
            function.restype = c_int
        self._context = c_void_p()

    def __enter__(self):
        device = c_int()
        self.call("cuInit", 0)
        self.call("cuDeviceGet", byref(device), 0)
        self.call("cuCtxCreate_v2", byref(self._context), 0, device)
        return self

    def __exit__(self, *_):
        # A context that a fault has broken cannot be destroyed in order; it ends with the process.
        self._library.cuCtxDestroy_v2(self._context)

    def call(self, name, *arguments):
        code = getattr(self._library, name)(*arguments)
        if code != 0:
            text = c_char_p()
            self._library.cuGetErrorName(code, byref(text))
            raise CudaError(name, code, (text.value or b"unknown").decode())

    def memory(self):
        """Free and total bytes of the GPU, as the driver has them now."""
        free, total = c_size_t(), c_size_t()
        self.call("cuMemGetInfo_v2", byref(free), byref(total))
        return free.value, total.value

    def allocate(self, size):
        """Plain device memory (never managed memory, which could reach beyond the GPU's own)."""
        pointer = c_uint64()
        self.call("cuMemAlloc_v2", byref(pointer), size)
        return pointer.value

    def free(self, pointer):
        self.call("cuMemFree_v2", pointer)

    def kernel(self, ptx, name):
        module, function = c_void_p(), c_void_p()
        self.call("cuModuleLoadData", byref(module), ptx.encode())
        self.call("cuModuleGetFunction", byref(function), module, name.encode())
        return function

    def launch(self, function, parameter):
        """One thread, with one parameter of 64 bits."""
        value = c_uint64(parameter)
        parameters = (c_void_p * 1)(ctypes.addressof(value))
        self.call("cuLaunchKernel", function, 1, 1, 1, 1, 1, 1, 0, None, parameters, None)
        self.call("cuCtxSynchronize")
