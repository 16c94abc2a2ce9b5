#pragma once

#include <napi.h>

#include <optional>

#include "sampler/status.h"

namespace gpu_health {

/** The JS object of one GPU. What has not changed since the last look comes back as the same frozen object, from the
 *  whole GPU down to its newest reading, so that neither side converts anything twice. JS thread only. */
class GpuObject {
 public:
  Napi::Object of(Napi::Env env, const GpuStatus& gpu);

 private:
  bool isCurrent(const GpuStatus& gpu) const;
  bool hasIdentityOf(const GpuStatus& gpu) const;
  void setIdentity(Napi::Env env, const GpuStatus& gpu, Napi::Object& object) const;
  void setReadings(Napi::Env env, const GpuStatus& gpu, Napi::Object& object) const;

  /** What `object_` shows; empty before the first look. */
  std::optional<GpuStatus> shown_;
  Napi::ObjectReference object_;
};

}  // namespace gpu_health
