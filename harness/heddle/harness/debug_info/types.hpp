// From a type_info to the DIE that defines the class.
//
// Algorithm: types are found by their demangled name, and proven by the mangled names of their member
// functions where there are any. Complexity: linear in the debug information of the units that must be
// scanned before a sure definition turns up; the next question about the type is a hash lookup.
#pragma once

#include <string>
#include <typeinfo>
#include <unordered_map>
#include <vector>

#include <heddle/harness/debug_info/modules.hpp>

namespace heddle::harness::debug_info {

struct type_entry {
  Dwarf_Die die{};
  unit* where = nullptr;  ///< of the entry; nullptr if not known
  module* in = nullptr;
};

/// The full definition of a type of which this unit only has a declaration, from another unit or a type unit;
/// the type itself if there is none.
type_entry completed(type_entry declared);

class type_finder {
 public:
  explicit type_finder(loaded_modules& modules) : modules_(modules) {}

  /// The definitions that the type may have, as far as they are equally likely: several classes of one name
  /// may stand in the anonymous namespaces of different files. The reference stays valid.
  const std::vector<type_entry>& definitions(const std::type_info& type);

  /// Base name of the source file whose type it is, if only one file's; told by where its type_info stands.
  std::string file_defining(const std::type_info& type);

 private:
  std::vector<type_entry> search(const std::type_info& type);

  loaded_modules& modules_;
  std::unordered_map<const std::type_info*, std::vector<type_entry>> known_;
};

}  // namespace heddle::harness::debug_info
