#include "sampler/driver_gate.h"

namespace gpu_health {

bool DriverGate::enter() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return isOpen_ || isStopping_; });
  if (isStopping_) return false;
  ++inside_;
  return true;
}

void DriverGate::leave() {
  {
    const std::lock_guard lock(mutex_);
    --inside_;
  }
  changed_.notify_all();
}

bool DriverGate::closeBy(TimePoint deadline) {
  std::unique_lock lock(mutex_);
  isOpen_ = false;
  const bool isEmpty = changed_.wait_until(lock, deadline, [this] { return inside_ == 0 || isStopping_; });
  if (isEmpty && !isStopping_) return true;
  isOpen_ = true;
  changed_.notify_all();
  return false;
}

void DriverGate::open() {
  {
    const std::lock_guard lock(mutex_);
    isOpen_ = true;
  }
  changed_.notify_all();
}

void DriverGate::requestStop() {
  {
    const std::lock_guard lock(mutex_);
    isStopping_ = true;
  }
  changed_.notify_all();
}

}  // namespace gpu_health
