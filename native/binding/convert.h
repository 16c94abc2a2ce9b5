#pragma once

#include <napi.h>

#include "sampler/status.h"

namespace gpu_health {

// The JS shapes are declared in src/gpu/addon.ts, which is their documentation. JS thread only.

Napi::Object toJs(Napi::Env env, const Snapshot& snapshot);

/** The GPU without its snapshot, whose object the caller keeps from one status to the next. */
Napi::Object toJs(Napi::Env env, const GpuStatus& gpu);

/** The status without its GPUs. */
Napi::Object toJs(Napi::Env env, const SamplerStatus& status);

}  // namespace gpu_health
