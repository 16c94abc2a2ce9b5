#include "simulator/conf.h"

#include <charconv>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

namespace gpu_health::simulator {
namespace {

std::string_view trim(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r") - start + 1);
}

/** A whole number, decimal or 0x-hexadecimal, and what follows it. */
std::pair<std::uint64_t, std::string_view> splitNumber(const Setting& setting, std::string_view text) {
  const int base = text.substr(0, 2) == "0x" ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (parsed.ec != std::errc{}) throw setting.error("\"" + setting.value + "\" does not start with a whole number");
  return {number, trim(text.substr(static_cast<std::size_t>(parsed.ptr - text.data())))};
}

}  // namespace

ConfError Setting::error(const std::string& message) const {
  return ConfError(file + ":" + std::to_string(line) + ": " + key + ": " + message);
}

std::uint64_t Setting::toInteger(std::uint64_t maximum) const {
  const auto [number, rest] = splitNumber(*this, value);
  if (!rest.empty()) throw error("\"" + value + "\" is not a whole number");
  if (number > maximum) throw error(value + " is more than " + std::to_string(maximum));
  return number;
}

std::uint32_t Setting::toUint32() const {
  return static_cast<std::uint32_t>(toInteger(std::numeric_limits<std::uint32_t>::max()));
}

std::int32_t Setting::toCelsius() const {
  std::int32_t celsius = 0;
  const char* end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, celsius);
  if (parsed.ec != std::errc{} || parsed.ptr != end) throw error("\"" + value + "\" is not a whole number of degrees");
  return celsius;
}

bool Setting::toBool() const {
  if (value == "true") return true;
  if (value == "false") return false;
  throw error("\"" + value + "\" is neither true nor false");
}

std::uint64_t Setting::toBytes() const {
  const auto [number, unit] = splitNumber(*this, value);
  unsigned shift = 0;
  if (unit == "KiB") {
    shift = 10;
  } else if (unit == "MiB") {
    shift = 20;
  } else if (unit == "GiB") {
    shift = 30;
  } else if (!unit.empty() && unit != "B") {
    throw error("\"" + std::string(unit) + "\" is not a unit of memory; use B, KiB, MiB or GiB");
  }
  if (number > std::numeric_limits<std::uint64_t>::max() >> shift) throw error(value + " is too large");
  return number << shift;
}

std::chrono::milliseconds Setting::toDuration() const {
  const auto [number, unit] = splitNumber(*this, value);
  if (number > 86'400'000) throw error(value + " is too long");
  if (unit.empty() || unit == "ms") return std::chrono::milliseconds(number);
  if (unit == "s") return std::chrono::seconds(number);
  throw error("\"" + std::string(unit) + "\" is not a unit of time; use ms or s");
}

std::vector<Setting> readConf(const std::string& file) {
  std::ifstream input(file);
  if (!input) throw ConfError(file + ": cannot be read");
  std::vector<Setting> settings;
  std::string text;
  for (unsigned line = 1; std::getline(input, text); ++line) {
    const std::string_view content = trim(std::string_view(text).substr(0, text.find('#')));
    if (content.empty()) continue;
    const auto equals = content.find('=');
    Setting setting{file, line, std::string(trim(content.substr(0, equals))), {}};
    if (equals == std::string_view::npos) throw setting.error("a line needs the form \"key = value\"");
    setting.value = trim(content.substr(equals + 1));
    if (setting.key.empty() || setting.value.empty()) throw setting.error("a line needs the form \"key = value\"");
    settings.push_back(std::move(setting));
  }
  return settings;
}

}  // namespace gpu_health::simulator
