#include "nvml/library.h"

#include "support.h"

namespace gpu_health::nvml {
namespace {

using test::writeFile;

LoadError openError(const std::string& path) {
  auto opened = Library::open(path);
  auto* error = std::get_if<LoadError>(&opened);
  EXPECT_NE(error, nullptr) << path << " was loaded";
  return error ? *error : LoadError{};
}

std::unique_ptr<Library> openLibrary(const std::string& path) {
  auto opened = Library::open(path);
  if (auto* error = std::get_if<LoadError>(&opened)) throw std::runtime_error(error->message);
  return std::move(std::get<std::unique_ptr<Library>>(opened));
}

TEST(Library, SaysThatAFileIsMissing) {
  const LoadError error = openError("/nowhere/libnvidia-ml.so.1");
  EXPECT_EQ(error.reason, LoadError::Reason::kNotFound);
  EXPECT_NE(error.message.find("/nowhere/libnvidia-ml.so.1"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("NVIDIA driver"), std::string::npos) << error.message;
}

TEST(Library, SaysThatASonameIsMissing) {
  EXPECT_EQ(openError("libnvidia-ml-of-no-driver.so.1").reason, LoadError::Reason::kNotFound);
}

TEST(Library, RefusesAFileThatIsNoLibrary) {
  const std::string path = writeFile("text.so", "not a library\n");
  const LoadError error = openError(path);
  EXPECT_EQ(error.reason, LoadError::Reason::kInvalid);
  EXPECT_NE(error.message.find(path), std::string::npos) << error.message;
}

TEST(Library, RefusesALibraryThatIsCutShort) {
  std::ifstream file(SIMULATOR_LIBRARY, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{20}, std::size_t{100}, std::size_t{4096}, std::size_t{16384}}) {
    EXPECT_EQ(openError(writeFile("short.so", whole.substr(0, bytes))).reason, LoadError::Reason::kInvalid) << bytes;
  }
}

TEST(Library, RefusesADirectory) { EXPECT_EQ(openError(TEST_FOLDER "/").reason, LoadError::Reason::kInvalid); }

TEST(Library, RefusesALibraryThatIsNotNvml) {
  const LoadError error = openError("libm.so.6");
  EXPECT_EQ(error.reason, LoadError::Reason::kInvalid);
  EXPECT_NE(error.message.find("nvmlInit_v2"), std::string::npos) << error.message;
}

TEST(Library, PrefersTheNewestVersionOfEachFunction) {
  const auto library = openLibrary(SIMULATOR_LIBRARY);
  EXPECT_STREQ(library->functions().init.name, "nvmlInit_v2");
  EXPECT_STREQ(library->functions().deviceGetHandleByIndex.name, "nvmlDeviceGetHandleByIndex_v2");
  EXPECT_STREQ(library->functions().deviceGetPciInfo.name, "nvmlDeviceGetPciInfo_v3");
  EXPECT_NE(library->functions().deviceGetMemoryInfoV2.address, nullptr);
  EXPECT_TRUE(library->simulated());
}

TEST(Library, FallsBackOnAnOldDriver) {
  const auto library = openLibrary(OLD_SIMULATOR_LIBRARY);
  const Functions& functions = library->functions();
  EXPECT_STREQ(functions.init.name, "nvmlInit");
  EXPECT_STREQ(functions.deviceGetCount.name, "nvmlDeviceGetCount");
  EXPECT_STREQ(functions.deviceGetHandleByIndex.name, "nvmlDeviceGetHandleByIndex");
  EXPECT_STREQ(functions.deviceGetPciInfo.name, "nvmlDeviceGetPciInfo_v2");
  EXPECT_STREQ(functions.systemGetCudaDriverVersion.name, "nvmlSystemGetCudaDriverVersion");
  EXPECT_EQ(functions.deviceGetMemoryInfoV2.address, nullptr);
  EXPECT_EQ(functions.deviceGetTemperatureV.address, nullptr);
  EXPECT_NE(functions.deviceGetTemperature.address, nullptr);
}

}  // namespace
}  // namespace gpu_health::nvml
