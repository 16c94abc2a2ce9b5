#include "binding/sampler_object.h"

#include <chrono>
#include <system_error>
#include <utility>

#include "binding/convert.h"

namespace gpu_health {
namespace {

/** One notification in the queue stands for every change until JS gets round to it. */
constexpr std::size_t kNotificationQueue = 1;

/** The upper bound keeps the conversion to nanoseconds exact; it is a day. */
constexpr double kLongestIntervalMs = 86'400'000;

Clock::duration readInterval(Napi::Env env, const std::string& name, const Napi::Value& value) {
  const double ms = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  if (!(ms >= 1 && ms <= kLongestIntervalMs)) {
    throw Napi::TypeError::New(env, "Sampler: " + name + " must be a number from 1 to 86400000.");
  }
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(ms));
}

SamplerOptions readOptions(Napi::Env env, const Napi::Object& object) {
  SamplerOptions options;
  options.interval = readInterval(env, "intervalMs", object.Get("intervalMs"));
  const Napi::Value inspectionInterval = object.Get("inspectionIntervalMs");
  if (!inspectionInterval.IsUndefined()) {
    options.inspectionInterval = readInterval(env, "inspectionIntervalMs", inspectionInterval);
  }
  const Napi::Value path = object.Get("libraryPath");
  if (path.IsString()) {
    options.libraryPath = path.As<Napi::String>().Utf8Value();
  } else if (!path.IsUndefined()) {
    throw Napi::TypeError::New(env, "Sampler: libraryPath must be a string.");
  }
  return options;
}

}  // namespace

Napi::Function SamplerObject::define(Napi::Env env) {
  return DefineClass(env, "Sampler",
                     {InstanceMethod<&SamplerObject::status>("status"),
                      InstanceMethod<&SamplerObject::takeEvents>("takeEvents"),
                      InstanceMethod<&SamplerObject::droppedEvents>("droppedEvents"),
                      InstanceMethod<&SamplerObject::stop>("stop")});
}

SamplerObject::SamplerObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SamplerObject>(info), env_(info.Env()) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) throw Napi::TypeError::New(env, "Sampler: an options object is needed.");
  const Napi::Object object = info[0].As<Napi::Object>();
  SamplerOptions options = readOptions(env, object);
  const Napi::Value onChange = object.Get("onChange");
  if (!onChange.IsFunction()) throw Napi::TypeError::New(env, "Sampler: onChange must be a function.");

  onChange_ = decltype(onChange_)::New(env, onChange.As<Napi::Function>(), "gpu-health sampler", kNotificationQueue, 1);
  onChange_.Unref(env);
  options.onChange = [notification = onChange_] { notification.NonBlockingCall(); };
  try {
    sampler_ = std::make_unique<Sampler>(std::move(options));
  } catch (const std::system_error& error) {
    onChange_.Abort();
    throw Napi::Error::New(env, std::string("Sampler: no thread can be started: ") + error.what() + ".");
  }
  // Hooks run last in, first out: this one stops the threads before Node takes the notification's function away.
  napi_add_env_cleanup_hook(env, onEnvironmentExit, this);
  running_ = true;
}

SamplerObject::~SamplerObject() { stop(); }

void SamplerObject::callOnChange(Napi::Env env, Napi::Function onChange, void*, void*) {
  if (env == nullptr) return;
  // By the C functions, whose failure can be passed over: while the environment shuts down, Node still delivers what is
  // queued but runs no JS, and the C++ wrappers would end the process by an exception.
  if (napi_call_function(env, env.Undefined(), onChange, 0, nullptr, nullptr) != napi_pending_exception) return;
  napi_value error = nullptr;
  // Without this Node only warns of what onChange throws; it is to be as uncaught as any other error.
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

void SamplerObject::onEnvironmentExit(void* self) {
  auto* object = static_cast<SamplerObject*>(self);
  object->running_ = false;
  object->sampler_->stop();
}

unsigned SamplerObject::stop() {
  if (!sampler_) return 0;
  const unsigned abandoned = sampler_->stop();
  if (running_) {
    running_ = false;
    onChange_.Abort();
    napi_remove_env_cleanup_hook(env_, onEnvironmentExit, this);
  }
  return abandoned;
}

Napi::Value SamplerObject::stop(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), stop()); }

Napi::Value SamplerObject::takeEvents(const Napi::CallbackInfo& info) {
  const std::vector<DriverEvent> events = sampler_->takeEvents();
  Napi::Array array = Napi::Array::New(info.Env(), events.size());
  for (std::uint32_t index = 0; index < events.size(); ++index) array.Set(index, toJs(info.Env(), events[index]));
  return array;
}

Napi::Value SamplerObject::droppedEvents(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(sampler_->droppedEvents()));
}

Napi::Value SamplerObject::status(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SamplerStatus status = sampler_->status();
  Napi::Object object = toJs(env, status);
  Napi::Array gpus = Napi::Array::New(env, status.gpus.size());
  gpus_.resize(status.gpus.size());
  for (const GpuStatus& gpu : status.gpus) gpus.Set(gpu.index, gpus_[gpu.index].of(env, gpu));
  object.Set("gpus", gpus);
  return object;
}

}  // namespace gpu_health
