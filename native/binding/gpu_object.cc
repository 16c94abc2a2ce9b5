#include "binding/gpu_object.h"

#include "binding/convert.h"

namespace gpu_health {
namespace {

Napi::Object frozen(Napi::Object object) {
  object.Freeze();
  return object;
}

}  // namespace

Napi::Object GpuObject::of(Napi::Env env, const GpuStatus& gpu) {
  if (isCurrent(gpu)) return object_.Value();
  Napi::Object object = toJs(env, gpu);
  setIdentity(env, gpu, object);
  setReadings(env, gpu, object);
  object_ = Napi::Persistent(frozen(object));
  shown_ = gpu;
  return object;
}

bool GpuObject::isCurrent(const GpuStatus& gpu) const {
  return shown_ && !shown_->call && !gpu.call && hasIdentityOf(gpu) && shown_->handleCode == gpu.handleCode &&
         shown_->snapshot == gpu.snapshot && shown_->inspection == gpu.inspection;
}

bool GpuObject::hasIdentityOf(const GpuStatus& gpu) const {
  // Without one, the code in place of the handle is in place of every name too.
  return shown_ && shown_->identity == gpu.identity && (gpu.identity || shown_->handleCode == gpu.handleCode);
}

void GpuObject::setIdentity(Napi::Env env, const GpuStatus& gpu, Napi::Object& object) const {
  const Napi::Object names = hasIdentityOf(gpu) ? object_.Value() : toJs(env, gpu.identity.get(), gpu.handleCode);
  for (const char* name : {"uuid", "name", "pciBusId", "serial"}) object.Set(name, names.Get(name));
}

void GpuObject::setReadings(Napi::Env env, const GpuStatus& gpu, Napi::Object& object) const {
  if (gpu.snapshot) {
    const bool isKnown = shown_ && shown_->snapshot == gpu.snapshot;
    object.Set("snapshot", isKnown ? object_.Get("snapshot") : frozen(toJs(env, *gpu.snapshot)));
    object.Set("migInstances", isKnown ? object_.Get("migInstances") : frozen(toJs(env, gpu.snapshot->migInstances)));
  } else {
    object.Set("migInstances", Napi::Array::New(env));
  }
  if (!gpu.inspection) return;
  const bool isKnown = shown_ && shown_->inspection == gpu.inspection;
  object.Set("inspection", isKnown ? object_.Get("inspection") : frozen(toJs(env, *gpu.inspection)));
}

}  // namespace gpu_health
