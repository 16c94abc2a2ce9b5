// The text format of the simulator's files: one `key = value` per line, `#` starts a comment.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace gpu_health::simulator {

/** A mistake in a file. The message starts with "FILE:LINE: " where a line is at fault. */
struct ConfError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Setting {
  std::string file;
  unsigned line;
  std::string key;
  std::string value;

  /** The error of this line. */
  ConfError error(const std::string& message) const;

  // The value as the type that the setting has; ConfError where it has another.
  std::uint64_t toInteger(std::uint64_t maximum) const;
  std::uint32_t toUint32() const;
  /** A whole number of degrees, which may be negative. */
  std::int32_t toCelsius() const;
  bool toBool() const;
  /** Bytes: a whole number with B, KiB, MiB, GiB or nothing (bytes). */
  std::uint64_t toBytes() const;
  /** A duration: a whole number with ms, s or nothing (milliseconds). */
  std::chrono::milliseconds toDuration() const;
};

/** The settings of a file in order. Throws ConfError. */
std::vector<Setting> readConf(const std::string& file);

}  // namespace gpu_health::simulator
