#include "simulator/state.h"

#include <algorithm>

namespace gpu_health::simulator {
namespace {

const Setting* findLast(const std::vector<Setting>& settings, const std::string& key) {
  const auto found =
      std::find_if(settings.rbegin(), settings.rend(), [&](const Setting& setting) { return setting.key == key; });
  return found == settings.rend() ? nullptr : &*found;
}

std::vector<Setting> readModel(const Setting* choice, const std::string& modelFolder) {
  if (!choice) return readConf(modelFolder + "/h200.conf");
  if (choice->value.front() == '/') return readConf(choice->value);
  try {
    return readConf(modelFolder + "/" + choice->value + ".conf");
  } catch (const ConfError& error) {
    throw choice->error(std::string("no usable model: ") + error.what());
  }
}

/** Applies `gpu.N.KEY` or `gpu.*.KEY`. */
void applyToGpus(std::vector<Gpu>& gpus, const Setting& setting) {
  const auto dot = setting.key.find('.', 4);
  if (dot == std::string::npos) throw setting.error("a setting of a GPU has the form gpu.INDEX.SETTING");
  const std::string selector = setting.key.substr(4, dot - 4);
  const std::string key = setting.key.substr(dot + 1);
  if (selector == "*") {
    for (Gpu& gpu : gpus) gpu.apply(key, setting);
    return;
  }
  const bool isNumber = !selector.empty() && selector.size() <= 3 &&
                        std::all_of(selector.begin(), selector.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!isNumber) throw setting.error("\"" + selector + "\" is neither the index of a GPU nor *");
  const unsigned long index = std::stoul(selector);
  if (index >= gpus.size()) throw setting.error("there are only " + std::to_string(gpus.size()) + " GPUs");
  gpus[index].apply(key, setting);
}

bool applyToSystem(State& state, const Setting& setting) {
  if (setting.key == "driver_version") {
    state.driverVersion = setting.value;
  } else if (setting.key == "nvml_version") {
    state.nvmlVersion = setting.value;
  } else if (setting.key == "cuda_driver_version") {
    state.cudaDriverVersion = static_cast<int>(setting.toInteger(1'000'000));
  } else if (setting.key == "driver.loaded") {
    state.driverIsLoaded = setting.toBool();
  } else if (setting.key == "driver.generation") {
    state.driverGeneration = setting.toUint32();
  } else if (setting.key == "hang.mode") {
    if (setting.value != "global" && setting.value != "call") throw setting.error("use call or global");
    state.hangsHoldLibrary = setting.value == "global";
  } else {
    return state.faults.apply(setting.key, setting) || state.cuda.apply(setting.key, setting);
  }
  return true;
}

}  // namespace

std::chrono::milliseconds State::latency(std::string_view function, std::optional<unsigned> gpu) const {
  const std::chrono::milliseconds common = faults.latencies.find(function, {});
  return gpu && *gpu < gpus.size() ? std::max(common, gpus[*gpu].faults.latencies.find(function, {})) : common;
}

bool State::hangs(std::string_view function, std::optional<unsigned> gpu) const {
  return faults.hangs.find(function, false) ||
         (gpu && *gpu < gpus.size() && gpus[*gpu].faults.hangs.find(function, false));
}

nvml::Return State::fault(std::string_view function, std::optional<unsigned> gpu) const {
  const nvml::Return common = faults.returns.find(function, nvml::kSuccess);
  if (common != nvml::kSuccess || !gpu) return common;
  // A GPU that the file no longer counts has fallen off the bus.
  if (*gpu >= gpus.size() || gpus[*gpu].isLost()) return nvml::kGpuIsLost;
  return gpus[*gpu].faults.returns.find(function, nvml::kSuccess);
}

State makeState(const std::vector<Setting>& settings, const std::string& modelFolder) {
  const std::vector<Setting> model = readModel(findLast(settings, "model"), modelFolder);
  const Setting* count = findLast(settings, "count");
  const unsigned gpuCount = count ? static_cast<unsigned>(count->toInteger(kMaximumGpus)) : 1;
  State state;
  for (unsigned index = 0; index < gpuCount; ++index) state.gpus.push_back(makeGpu(model, index));
  for (const Setting& setting : settings) {
    if (setting.key == "model" || setting.key == "count") continue;
    if (setting.key.rfind("gpu.", 0) == 0) {
      applyToGpus(state.gpus, setting);
    } else if (!applyToSystem(state, setting)) {
      throw setting.error("no such setting");
    }
  }
  return state;
}

}  // namespace gpu_health::simulator
