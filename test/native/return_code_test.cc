#include "nvml/return_code.h"

#include <gtest/gtest.h>

namespace gpu_health::nvml {
namespace {

TEST(ReturnCode, NamesTheCodesOfTheApi) {
  EXPECT_EQ(returnCodeName(0), "NVML_SUCCESS");
  EXPECT_EQ(returnCodeName(15), "NVML_ERROR_GPU_IS_LOST");
  EXPECT_EQ(returnCodeName(30), "NVML_ERROR_RESET_TYPE_NOT_SUPPORTED");
  EXPECT_EQ(returnCodeName(999), "NVML_ERROR_UNKNOWN");
}

TEST(ReturnCode, KeepsTheNumberOfACodeWithoutAName) {
  EXPECT_EQ(returnCodeName(777), "NVML_ERROR_777");
  EXPECT_EQ(returnCodeName(31), "NVML_ERROR_31");
  EXPECT_EQ(returnCodeName(-1), "NVML_ERROR_-1");
}

TEST(ReturnCode, OnlyAnAbsentFeatureIsUnsupported) {
  for (const Return code : {3, 13, 25, 26}) EXPECT_TRUE(isUnsupported(code)) << code;
  for (const Return code : {0, 4, 10, 15, 27, 999}) EXPECT_FALSE(isUnsupported(code)) << code;
}

}  // namespace
}  // namespace gpu_health::nvml
