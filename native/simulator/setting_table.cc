#include "simulator/setting_table.h"

#include <charconv>

namespace gpu_health::simulator {

std::optional<NumberedKey> splitNumberedKey(const std::string& key, const std::string& prefix, std::uint64_t maximum,
                                            const Setting& setting) {
  if (key.rfind(prefix, 0) != 0) return std::nullopt;
  const char* begin = key.data() + prefix.size();
  const char* end = key.data() + key.size();
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(begin, end, number);
  if (parsed.ec != std::errc{} || (parsed.ptr != end && *parsed.ptr != '.')) {
    throw setting.error("a number has to follow \"" + prefix + "\"");
  }
  if (number > maximum) throw setting.error(std::to_string(number) + " is more than " + std::to_string(maximum));
  return NumberedKey{number, parsed.ptr == end ? "" : std::string(parsed.ptr + 1, end)};
}

}  // namespace gpu_health::simulator
