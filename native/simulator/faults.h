#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nvml/abi.h"
#include "simulator/conf.h"

namespace gpu_health::simulator {

/** Values by function name. A rule for "*" fits every function; of the rules that fit, the last one wins. */
template <class T>
class Rules {
 public:
  void add(std::string function, T value) { rules_.emplace_back(std::move(function), value); }

  T find(std::string_view function, T otherwise) const {
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
      if (rule->first == "*" || rule->first == function) return rule->second;
    }
    return otherwise;
  }

 private:
  std::vector<std::pair<std::string, T>> rules_;
};

/** How calls go wrong: settings `return.FUNCTION`, `latency.FUNCTION` and `hang.FUNCTION`, with * for every function. */
struct Faults {
  Rules<nvml::Return> returns;
  Rules<std::chrono::milliseconds> latencies;
  Rules<bool> hangs;

  /** Takes the setting if it is one of these. `key` is the setting's key without what selects the GPU, `prefix` what the
   *  names of the library's functions begin with. */
  bool apply(const std::string& key, const Setting& setting, const std::string& prefix = "nvml") {
    const auto dot = key.find('.');
    if (dot == std::string::npos) return false;
    const std::string kind = key.substr(0, dot);
    const std::string function = key.substr(dot + 1);
    if (kind != "return" && kind != "latency" && kind != "hang") return false;
    if (function != "*" && function.rfind(prefix, 0) != 0) {
      throw setting.error("neither a function of the library (" + prefix + "…) nor *: " + function);
    }
    if (kind == "return") returns.add(function, static_cast<nvml::Return>(setting.toInteger(1'000'000)));
    if (kind == "latency") latencies.add(function, setting.toDuration());
    if (kind == "hang") hangs.add(function, setting.toBool());
    return true;
  }
};

}  // namespace gpu_health::simulator
