#include <optional>
#include <utility>

#include <heddle/harness/debug_info/entries.hpp>
#include <heddle/harness/debug_info/members.hpp>
#include <heddle/harness/debug_info/names.hpp>
#include <heddle/harness/debug_info/variables.hpp>

namespace heddle::harness::debug_info {

std::string name_variable(loaded_modules& modules, Dwarf_Addr address) {
  module* in = modules.at(address);
  if (in == nullptr) return {};
  const char* symbol = in->symbol_at(address, STT_OBJECT);
  const std::string demangled = symbol != nullptr ? demangle(symbol) : "";
  const bool named = symbol != nullptr && demangled != symbol;
  if (const auto* variable = covering(in->all_variables(), address - in->bias)) {
    // The symbol comes first: clang leaves a function that is inlined everywhere nameless.
    std::string name = named ? plain_path(demangled) : in->path_of(variable->payload);
    const std::optional<Dwarf_Die> type = type_of(variable->payload);
    if (!type) return name;
    return member_path(completed({*type, nullptr, in}), address - in->bias - variable->low, std::move(name));
  }
  return demangled.find(" for ") != std::string::npos ? demangled
                                                      : plain_path(demangled);  // "vtable for demo::base"
}

}  // namespace heddle::harness::debug_info
