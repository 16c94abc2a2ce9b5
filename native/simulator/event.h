#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "nvml/abi.h"
#include "simulator/conf.h"

namespace gpu_health::simulator {

/** Something that a GPU reports once to every event set that it is registered with by then. */
struct Event {
  std::uint64_t type = nvml::kEventXid;
  std::uint64_t data = 0;
  std::uint32_t gpuInstanceId = nvml::kNoInstance;
  std::uint32_t computeInstanceId = nvml::kNoInstance;
};

/** By number: each later event has a higher one, so that a reader of the state knows which ones are new. */
using Events = std::map<std::uint64_t, Event>;

/** Takes the setting if it is `event.NUMBER = TYPE DATA [GPU-INSTANCE COMPUTE-INSTANCE]`; TYPE is `xid` or NVML's bit. */
bool applyEvent(Events& events, const std::string& key, const Setting& setting);

}  // namespace gpu_health::simulator
