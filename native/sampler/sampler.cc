#include "sampler/sampler.h"

#include <utility>

namespace gpu_health {

Sampler::Sampler(SamplerOptions options)
    : supervisor_(std::make_shared<Supervisor>(std::move(options))),
      thread_(supervisor_->watch(), [supervisor = supervisor_] { supervisor->run(); }) {}

unsigned Sampler::stop() {
  if (abandoned_) return *abandoned_;
  supervisor_->requestStop();
  // What the supervising thread gives the GPUs' threads, and as much again for nvmlShutdown.
  const bool ended = thread_.joinBy(Clock::now() + 2 * supervisor_->callGrace());
  abandoned_ = supervisor_->abandonedThreads() + (ended ? 0 : 1);
  return *abandoned_;
}

}  // namespace gpu_health
