#include "nvml/elf_file.h"

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstring>
#include <fstream>

namespace gpu_health::nvml {
namespace {

template <class T>
bool read(std::ifstream& file, std::uint64_t offset, T& target) {
  file.seekg(static_cast<std::streamoff>(offset));
  return static_cast<bool>(file.read(reinterpret_cast<char*>(&target), sizeof target));
}

}  // namespace

std::optional<std::string> defectOfElfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto end = file.tellg();
  if (!file || end < 0) return "it cannot be read";
  const auto size = static_cast<std::uint64_t>(end);
  ElfW(Ehdr) header{};
  if (!read(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "it is no ELF file";
  for (unsigned index = 0; index < header.e_phnum; ++index) {
    ElfW(Phdr) segment{};
    const bool isThere = read(file, header.e_phoff + std::uint64_t{index} * sizeof segment, segment);
    if (!isThere || (segment.p_type == PT_LOAD && segment.p_offset + segment.p_filesz > size)) {
      return "it is cut short";
    }
  }
  return std::nullopt;
}

}  // namespace gpu_health::nvml
