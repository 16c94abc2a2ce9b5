#pragma once

#include <condition_variable>
#include <mutex>

#include "sampler/clock.h"

namespace gpu_health {

/** Who may use the driver now. Each thread that samples or waits for events enters for as long as it does so; while NVML
 *  is shut down and initialised again nobody is inside. Closed at first. */
class DriverGate {
 public:
  /** Being inside. */
  class Pass {
   public:
    /** Waits while the gate is closed. */
    explicit Pass(DriverGate& gate) : gate_(gate), isInside_(gate.enter()) {}
    ~Pass() {
      if (isInside_) gate_.leave();
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

    /** False when the sampler is to stop. */
    explicit operator bool() const { return isInside_; }

   private:
    DriverGate& gate_;
    bool isInside_;
  };

  /** Lets nobody in any more, and waits for those inside to leave. Opens again and returns false where one of them is
   *  still inside at `deadline`, or when the sampler is to stop. */
  bool closeBy(TimePoint deadline);
  void open();
  /** Sends away whoever waits or comes. */
  void requestStop();

 private:
  bool enter();
  void leave();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool isOpen_ = false;
  bool isStopping_ = false;
  unsigned inside_ = 0;
};

}  // namespace gpu_health
