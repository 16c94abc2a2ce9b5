#pragma once

#include <string>

#include "sampler/snapshot.h"

namespace gpu_health {

/** Runs a function that fills a buffer of `bytes` with zero-terminated text: `call(buffer, bytes)`. */
template <class Call>
Reading<std::string> readText(std::size_t bytes, Call&& call) {
  std::string text(bytes, '\0');
  const nvml::Return code = call(text.data(), static_cast<unsigned>(bytes));
  if (code != nvml::kSuccess) return Absent{code};
  if (const auto end = text.find('\0'); end != std::string::npos) text.resize(end);
  return text;
}

}  // namespace gpu_health
