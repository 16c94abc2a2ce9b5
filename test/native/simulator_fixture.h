#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "nvml/library.h"
#include "support.h"

namespace gpu_health::test {

/** The simulated library through its C functions, as a program that loads it sees it. */
class SimulatorFixture : public ::testing::Test {
 protected:
  SimulatorFixture() { load(); }
  ~SimulatorFixture() override { library->functions().shutdown.address(); }

  void load() {
    auto opened = nvml::Library::open(SIMULATOR_LIBRARY);
    library = std::move(std::get<std::unique_ptr<nvml::Library>>(opened));
  }

  const nvml::Functions& functions() const { return library->functions(); }
  nvml::Return init() { return functions().init.address(); }

  nvml::Device device(unsigned index) {
    nvml::Device handle = nullptr;
    EXPECT_EQ(functions().deviceGetHandleByIndex.address(index, &handle), nvml::kSuccess);
    return handle;
  }

  StateFile state{"model = h100\ncount = 2\n"};
  std::unique_ptr<nvml::Library> library;
};

}  // namespace gpu_health::test
