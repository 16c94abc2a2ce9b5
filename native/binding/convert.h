#pragma once

#include <napi.h>

#include <vector>

#include "sampler/event_queue.h"
#include "sampler/status.h"

namespace gpu_health {

// The JS shapes are declared in src/gpu/addon.ts, which is their documentation. JS thread only.

Napi::Object toJs(Napi::Env env, const Snapshot& snapshot);

Napi::Array toJs(Napi::Env env, const std::vector<MigInstance>& instances);

Napi::Object toJs(Napi::Env env, const Inspection& inspection);

Napi::Object toJs(Napi::Env env, const DriverEvent& event);

/** What names a GPU; without an identity, the code in place of the handle is in place of each name. */
Napi::Object toJs(Napi::Env env, const Identity* identity, nvml::Return handleCode);

/** The GPU without its names and its readings. */
Napi::Object toJs(Napi::Env env, const GpuStatus& gpu);

/** The status without its GPUs. */
Napi::Object toJs(Napi::Env env, const SamplerStatus& status);

}  // namespace gpu_health
