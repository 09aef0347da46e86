// The ELF files of the running process (its executable and the shared libraries loaded by now), with the
// units of their debug information and the linker's symbols.
//
// Addresses: `address` is one of the running process; the debug information counts from elsewhere, less by a
// module's bias.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <elfutils/libdwfl.h>

#include <heddle/harness/debug_info/unit.hpp>

namespace heddle::harness::debug_info {

/// One ELF file.
struct module {
  Dwfl_Module* handle = nullptr;
  std::string file_name;     ///< without its folder
  std::size_t position = 0;  ///< order in which the dynamic linker lists it; the executable is first
  Dwarf_Addr bias = 0;       ///< address in memory minus address in the debug information
  std::vector<std::unique_ptr<unit>> units;
  std::vector<addressed<unit*>> code;  ///< what the units' functions occupy, sorted

  /// Lists the units, without scanning them; the second call does nothing.
  void load();
  /// The static variables of all units, sorted. Scans them all at the first call.
  const std::vector<addressed<Dwarf_Die>>& all_variables();
  /// The unit that contains the entry, scanned; nullptr if none of this module does.
  unit* unit_holding(Dwarf_Die die);
  /// Qualified name of a function, class or variable, template arguments and anonymous namespaces left out.
  std::string path_of(Dwarf_Die die);

  /// The function or object (STT_FUNC, STT_OBJECT) whose symbol covers the address; nullptr if none.
  const char* symbol_at(Dwarf_Addr address, int kind) const;
  /// Base name of the source file whose object file defines the local symbol at this address; empty if none.
  std::string file_defining(Dwarf_Addr address) const;

 private:
  bool read_ = false;
  std::unordered_map<Dwarf_CU*, unit*> unit_of_;
  std::optional<std::vector<addressed<Dwarf_Die>>> variables_;
};

class loaded_modules {
 public:
  loaded_modules() = default;
  ~loaded_modules();
  loaded_modules(const loaded_modules&) = delete;
  loaded_modules& operator=(const loaded_modules&) = delete;

  /// The module that occupies the address, loaded; nullptr if none. Asks the dynamic linker again if need be
  /// (dlopen).
  module* at(Dwarf_Addr address);
  /// All modules, the executable first; not loaded.
  std::vector<module*> in_order();

 private:
  void report();
  void add(const std::string& file, Dwarf_Addr base);

  Dwfl* session_ = nullptr;
  std::unordered_map<Dwfl_Module*, std::unique_ptr<module>> modules_;
  std::unordered_set<std::string> files_;
};

}  // namespace heddle::harness::debug_info
