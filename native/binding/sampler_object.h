#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "binding/gpu_object.h"
#include "sampler/sampler.h"

namespace gpu_health {

/** The JS class `Sampler` of src/gpu/addon.ts. Everything but the notification itself runs on the JS thread of the
 *  environment that made it; environments share nothing, so several worker threads may each have their own. */
class SamplerObject : public Napi::ObjectWrap<SamplerObject> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit SamplerObject(const Napi::CallbackInfo& info);
  ~SamplerObject() override;

 private:
  Napi::Value status(const Napi::CallbackInfo& info);
  Napi::Value takeEvents(const Napi::CallbackInfo& info);
  Napi::Value droppedEvents(const Napi::CallbackInfo& info);
  Napi::Value stop(const Napi::CallbackInfo& info);
  unsigned stop();
  static void onEnvironmentExit(void* self);
  static void callOnChange(Napi::Env env, Napi::Function onChange, void* context, void* data);

  napi_env env_;
  Napi::TypedThreadSafeFunction<void, void, &SamplerObject::callOnChange> onChange_;
  std::vector<GpuObject> gpus_;
  bool running_ = false;
  std::unique_ptr<Sampler> sampler_;
};

}  // namespace gpu_health
