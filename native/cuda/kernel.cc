#include "cuda/kernel.h"

namespace gpu_health::cuda {

// PTX ISA 5.0 came with CUDA 8 (2016). One thread a word; the constants are those of `transform`.
const char* const kKernelPtx = R"(
.version 5.0
.target sm_50
.address_size 64

.visible .entry gpu_health_probe(.param .u64 words, .param .u32 count)
{
  .reg .pred %isOutside, %isMore;
  .reg .b32 %block, %blockSize, %thread, %index, %count, %value, %shifted, %round;
  .reg .b64 %base, %offset, %address;

  mov.u32 %block, %ctaid.x;
  mov.u32 %blockSize, %ntid.x;
  mov.u32 %thread, %tid.x;
  mad.lo.u32 %index, %block, %blockSize, %thread;
  ld.param.u32 %count, [count];
  setp.ge.u32 %isOutside, %index, %count;
  @%isOutside bra done;

  ld.param.u64 %base, [words];
  cvta.to.global.u64 %base, %base;
  mul.wide.u32 %offset, %index, 4;
  add.u64 %address, %base, %offset;
  ld.global.u32 %value, [%address];
  mov.u32 %round, 64;
next:
  mad.lo.u32 %value, %value, 1664525, 1013904223;
  shr.u32 %shifted, %value, 16;
  xor.b32 %value, %value, %shifted;
  sub.u32 %round, %round, 1;
  setp.ne.u32 %isMore, %round, 0;
  @%isMore bra next;
  st.global.u32 [%address], %value;
done:
  ret;
}
)";

std::uint32_t transform(std::uint32_t word) {
  for (int round = 0; round < 64; ++round) {
    word = word * 1664525U + 1013904223U;
    word ^= word >> 16U;
  }
  return word;
}

}  // namespace gpu_health::cuda
