// Which static-storage variable lies at an address.
#pragma once

#include <string>

#include <heddle/harness/debug_info/modules.hpp>

namespace heddle::harness::debug_info {

/// Its name with member path: "demo::registry.count"; without debug information the linker's symbol. Empty if
/// none.
std::string name_variable(loaded_modules& modules, Dwarf_Addr address);

}  // namespace heddle::harness::debug_info
