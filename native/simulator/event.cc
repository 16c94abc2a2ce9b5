#include "simulator/event.h"

#include <limits>
#include <sstream>
#include <vector>

#include "simulator/setting_table.h"

namespace gpu_health::simulator {

bool applyEvent(Events& events, const std::string& key, const Setting& setting) {
  const auto numbered = splitNumberedKey(key, "event.", std::numeric_limits<std::uint64_t>::max(), setting);
  if (!numbered) return false;
  if (!numbered->rest.empty()) return false;
  std::istringstream text(setting.value);
  std::vector<std::uint64_t> numbers;
  for (std::string word; text >> word;) {
    const bool isXid = numbers.empty() && word == "xid";
    Setting part = setting;
    part.value = word;
    numbers.push_back(isXid ? nvml::kEventXid : part.toInteger(std::numeric_limits<std::uint64_t>::max()));
  }
  if (numbers.size() != 2 && numbers.size() != 4) {
    throw setting.error("an event needs its type, its data and, if it is of a MIG instance, that one's two ids");
  }
  Event event{numbers[0], numbers[1], nvml::kNoInstance, nvml::kNoInstance};
  if (numbers.size() == 4) {
    event.gpuInstanceId = static_cast<std::uint32_t>(numbers[2]);
    event.computeInstanceId = static_cast<std::uint32_t>(numbers[3]);
  }
  events[numbered->number] = event;
  return true;
}

}  // namespace gpu_health::simulator
