#include "simulator/cuda/ptx.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace gpu_health::simulator {
namespace {

constexpr std::size_t kMostOperands = 4;

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

const std::map<std::string, PtxOperation>& operations() {
  static const std::map<std::string, PtxOperation> table = {
      {"mov.u32", [](const std::uint64_t* v) -> std::uint64_t { return low(v[1]); }},
      {"ld.param.u32", [](const std::uint64_t* v) -> std::uint64_t { return low(v[1]); }},
      {"ld.param.u64", [](const std::uint64_t* v) -> std::uint64_t { return v[1]; }},
      {"cvta.to.global.u64", [](const std::uint64_t* v) -> std::uint64_t { return v[1]; }},
      {"mad.lo.u32", [](const std::uint64_t* v) -> std::uint64_t { return low(low(v[1]) * low(v[2]) + low(v[3])); }},
      {"mul.wide.u32", [](const std::uint64_t* v) -> std::uint64_t { return std::uint64_t{low(v[1])} * low(v[2]); }},
      {"add.u64", [](const std::uint64_t* v) -> std::uint64_t { return v[1] + v[2]; }},
      {"sub.u32", [](const std::uint64_t* v) -> std::uint64_t { return low(low(v[1]) - low(v[2])); }},
      {"shr.u32", [](const std::uint64_t* v) -> std::uint64_t { return low(v[1]) >> low(v[2]); }},
      {"xor.b32", [](const std::uint64_t* v) -> std::uint64_t { return low(v[1]) ^ low(v[2]); }},
      {"setp.ge.u32", [](const std::uint64_t* v) -> std::uint64_t { return low(v[1]) >= low(v[2]); }},
      {"setp.ne.u32", [](const std::uint64_t* v) -> std::uint64_t { return low(v[1]) != low(v[2]); }},
      {"ld.global.u32",
       [](const std::uint64_t* v) -> std::uint64_t { return *reinterpret_cast<const std::uint32_t*>(v[1]); }},
  };
  return table;
}

/** The words of a text; what is between them is white space and punctuation. */
std::vector<std::string> wordsOf(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return std::string("(),;[]{}").find(c) != std::string::npos; },
                  ' ');
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

class Parser {
 public:
  PtxKernel parse(const std::string& text) {
    const auto head = text.find(".entry ");
    const auto body = text.find('{');
    if (head == std::string::npos || body == std::string::npos || body < head) throw PtxError("no kernel");
    parseHead(wordsOf(text.substr(head, body - head)));
    std::vector<std::vector<std::string>> lines;
    std::istringstream stream(text.substr(body));
    for (std::string line; std::getline(stream, line);) {
      std::vector<std::string> words = wordsOf(line);
      if (words.empty() || words.front().front() == '.') continue;
      if (words.front().back() == ':') {
        labels_[words.front().substr(0, words.front().size() - 1)] = lines.size();
      } else {
        lines.push_back(std::move(words));
      }
    }
    for (const auto& words : lines) parseInstruction(words);
    return std::move(kernel_);
  }

 private:
  /** `.entry NAME .param .u64 NAME .param .u32 NAME` */
  void parseHead(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      if (word.front() == '.') continue;
      if (kernel_.name.empty()) {
        kernel_.name = word;
      } else {
        indexOf(word);
      }
    }
    for (const char* place : {"%ctaid.x", "%ntid.x", "%tid.x"}) indexOf(place);
  }

  /** `[@GUARD] OPERATION OPERAND…` */
  void parseInstruction(std::vector<std::string> words) {
    PtxInstruction instruction{PtxInstruction::Kind::kCompute, {}, nullptr, {}};
    if (words.front().front() == '@') {
      instruction.guard = indexOf(words.front().substr(1));
      words.erase(words.begin());
    }
    const std::string name = words.empty() ? "" : words.front();
    const auto found = operations().find(name);
    if (name == "bra" && words.size() == 2 && labels_.count(words[1]) != 0) {
      instruction.kind = PtxInstruction::Kind::kBranch;
      instruction.operands = {labels_[words[1]]};
    } else if (name == "ret") {
      instruction.kind = PtxInstruction::Kind::kReturn;
    } else if ((name == "st.global.u32" || found != operations().end()) && words.size() <= kMostOperands + 1) {
      for (auto word = words.begin() + 1; word != words.end(); ++word) instruction.operands.push_back(indexOf(*word));
      if (found == operations().end()) {
        instruction.kind = PtxInstruction::Kind::kStore;
      } else {
        instruction.operation = found->second;
      }
    } else {
      throw PtxError("not simulated: " + name);
    }
    kernel_.body.push_back(std::move(instruction));
  }

  /** The place of a parameter, a register or a number among the values. */
  std::size_t indexOf(const std::string& name) {
    const auto [entry, isNew] = indices_.emplace(name, kernel_.values.size());
    if (isNew) kernel_.values.push_back(name.front() >= '0' && name.front() <= '9' ? std::stoull(name) : 0);
    return entry->second;
  }

  PtxKernel kernel_;
  std::map<std::string, std::size_t> indices_;
  std::map<std::string, std::size_t> labels_;
};

}  // namespace

PtxKernel parsePtx(const std::string& text) { return Parser().parse(text); }

void runPtx(const PtxKernel& kernel, const std::vector<std::uint64_t>& arguments) {
  std::vector<std::uint64_t> values = kernel.values;
  std::copy(arguments.begin(), arguments.end(), values.begin());
  for (std::size_t next = 0; next < kernel.body.size();) {
    const PtxInstruction& instruction = kernel.body[next++];
    if (instruction.guard && values[*instruction.guard] == 0) continue;
    std::array<std::uint64_t, kMostOperands> operands{};
    switch (instruction.kind) {
      case PtxInstruction::Kind::kReturn:
        return;
      case PtxInstruction::Kind::kBranch:
        next = instruction.operands[0];
        break;
      case PtxInstruction::Kind::kStore:
        *reinterpret_cast<std::uint32_t*>(values[instruction.operands[0]]) = low(values[instruction.operands[1]]);
        break;
      case PtxInstruction::Kind::kCompute:
        std::transform(instruction.operands.begin(), instruction.operands.end(), operands.begin(),
                       [&](std::size_t index) { return values[index]; });
        values[instruction.operands[0]] = instruction.operation(operands.data());
        break;
    }
  }
}

}  // namespace gpu_health::simulator
