#include <napi.h>
#include <unistd.h>

#include "binding/sampler_object.h"
#include "nvml/return_code.h"
#include "process/datagram.h"

namespace gpu_health {
namespace {

/** Ends the process without exit handlers or destructors: a hung driver would never let those finish. */
void exitNow(const Napi::CallbackInfo& info) {
  _exit(info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : 1);
}

Napi::Value returnCodeName(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), "returnCodeName: the code must be a number.");
  return Napi::String::New(info.Env(), nvml::returnCodeName(info[0].As<Napi::Number>().Int32Value()));
}

Napi::Value sendDatagramTo(const Napi::CallbackInfo& info) {
  if (!info[0].IsString() || !info[1].IsString()) {
    throw Napi::TypeError::New(info.Env(), "sendDatagram: path and message must be strings.");
  }
  return Napi::Number::New(
      info.Env(), sendDatagram(info[0].As<Napi::String>().Utf8Value(), info[1].As<Napi::String>().Utf8Value()));
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("Sampler", SamplerObject::define(env));
  exports.Set("exitNow", Napi::Function::New(env, exitNow, "exitNow"));
  exports.Set("sendDatagram", Napi::Function::New(env, sendDatagramTo, "sendDatagram"));
  exports.Set("returnCodeName", Napi::Function::New(env, returnCodeName, "returnCodeName"));
  return exports;
}

}  // namespace
}  // namespace gpu_health

Napi::Object initialiseAddon(Napi::Env env, Napi::Object exports) { return gpu_health::initialise(env, exports); }

NODE_API_MODULE(gpu_health, initialiseAddon)
