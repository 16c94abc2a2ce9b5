#include "cuda/report.h"

#include <unistd.h>

#include <array>
#include <cstdio>

namespace gpu_health::cuda::report {
namespace {

std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte == '"' || byte == '\\') {
      json += '\\';
      json += character;
    } else if (byte < 0x20) {
      json += ' ';
    } else {
      json += character;
    }
  }
  return json + '"';
}

std::string field(const char* name, const std::string& json) { return std::string(",\"") + name + "\":" + json; }

std::string milliseconds(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", value);
  return text.data();
}

/** In one write, so that a line is there whole or not at all. */
void line(const char* event, const std::string& fields = {}) {
  const std::string text = std::string("{\"event\":\"") + event + '"' + fields + "}\n";
  // Nobody who reads is nobody to tell.
  [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
}

}  // namespace

void loading() { line("loading", field("library", quoted(kLibraryName))); }

void loaded(const std::string& path) { line("loaded", field("path", quoted(path))); }

void notLoaded(const LoadError& error) {
  const bool isMissing = error.reason == LoadError::Reason::kNotFound;
  line("not_loaded", field("reason", isMissing ? "\"not_found\"" : "\"invalid\"") + field("message", quoted(error.message)));
}

void missing(const char* function) { line("missing", field("function", quoted(function))); }

void calling(const char* function) { line("calling", field("function", quoted(function))); }

void returned(const char* function, Result code, const char* name, double durationMs) {
  line("returned", field("function", quoted(function)) + field("code", std::to_string(code)) +
                       (name ? field("name", quoted(name)) : "") + field("durationMs", milliseconds(durationMs)));
}

void driverVersion(int version) { line("driver", field("version", std::to_string(version))); }

void device(const DeviceInfo& info) {
  line("device", field("ordinal", std::to_string(info.ordinal)) + field("uuid", quoted(info.uuid)) +
                     field("isMig", info.isMig ? "true" : "false") +
                     field("computeMode", std::to_string(info.computeMode)));
}

void deviceFile(const std::string& path, const char* error) {
  line("device_file", field("path", quoted(path)) + field("error", quoted(error)));
}

void kernel(const std::string& uuid) { line("kernel", field("uuid", quoted(uuid))); }

void computed(const std::string& uuid, unsigned words, unsigned wrongWords, double durationMs) {
  line("computed", field("uuid", quoted(uuid)) + field("words", std::to_string(words)) +
                       field("wrongWords", std::to_string(wrongWords)) +
                       field("durationMs", milliseconds(durationMs)));
}

void done() { line("done"); }

}  // namespace gpu_health::cuda::report
