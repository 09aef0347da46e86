#include <algorithm>
#include <unordered_map>

#include <heddle/harness/debug_info/lines.hpp>
#include <heddle/harness/debug_info/members.hpp>
#include <heddle/harness/debug_info/types.hpp>
#include <heddle/harness/debug_info/variables.hpp>
#include <heddle/harness/symbols.hpp>

namespace heddle::harness {

struct symbols::state {
  struct offset_key {
    const std::type_info* type;
    std::size_t offset;
    bool operator==(const offset_key&) const = default;
  };
  struct offset_hash {
    std::size_t operator()(const offset_key& key) const {
      return std::hash<const void*>{}(key.type) * 31 + std::hash<std::size_t>{}(key.offset);
    }
  };

  debug_info::loaded_modules modules;
  debug_info::type_finder types{modules};
  std::unordered_map<const void*, source_line> located;
  std::unordered_map<offset_key, std::string, offset_hash> members;
  std::unordered_map<const void*, std::string> variables;
};

symbols::symbols() : state_(std::make_unique<state>()) {}
symbols::~symbols() = default;

symbols& symbols::of_this_process() {
  static symbols& instance =
      *new symbols;  // never destroyed: a failure may be reported while the process exits
  return instance;
}

const source_line& symbols::locate(const void* pc) {
  const auto [entry, fresh] = state_->located.try_emplace(pc);
  if (!fresh) return entry->second;
  const std::vector<source_line> chain = frames(pc);
  const auto component = std::find_if_not(chain.begin(), chain.end(), in_standard_library);
  return entry->second = component != chain.end() ? *component : chain.back();
}

std::vector<source_line> symbols::frames(const void* pc) {
  return debug_info::lines_at(state_->modules, reinterpret_cast<Dwarf_Addr>(pc) - 1);
}

std::string symbols::member_at(const std::type_info& type, std::size_t offset) {
  const auto [entry, fresh] = state_->members.try_emplace({&type, offset});
  if (fresh) entry->second = debug_info::name_member(state_->types, type, offset);
  return entry->second;
}

std::string symbols::variable_at(const void* address) {
  const auto [entry, fresh] = state_->variables.try_emplace(address);
  if (fresh)
    entry->second = debug_info::name_variable(state_->modules, reinterpret_cast<Dwarf_Addr>(address));
  return entry->second;
}

}  // namespace heddle::harness
