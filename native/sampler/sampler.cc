#include "sampler/sampler.h"

#include <chrono>
#include <utility>

namespace gpu_health {
namespace {

using namespace std::chrono_literals;

/** The grace that the supervising thread gives the GPU threads, and as much again for nvmlShutdown. */
constexpr Clock::duration kStopGrace = 200ms;

}  // namespace

Sampler::Sampler(SamplerOptions options)
    : supervisor_(std::make_shared<Supervisor>(std::move(options))),
      thread_(supervisor_->watch(), [supervisor = supervisor_] { supervisor->run(); }) {}

unsigned Sampler::stop() {
  if (abandoned_) return *abandoned_;
  supervisor_->requestStop();
  const bool ended = thread_.joinBy(Clock::now() + kStopGrace);
  abandoned_ = supervisor_->abandonedThreads() + (ended ? 0 : 1);
  return *abandoned_;
}

}  // namespace gpu_health
