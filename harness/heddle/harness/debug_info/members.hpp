// Which member lies at an offset into an object.
//
// Source: DWARF 5 standard, sections 5.5 (arrays) and 5.7 (classes, their members and bases). Deviations:
// bit-fields and virtual bases are not named; see symbols::member_at for what a path looks like.
#pragma once

#include <cstddef>
#include <string>
#include <typeinfo>

#include <heddle/harness/debug_info/types.hpp>

namespace heddle::harness::debug_info {

/// `path` with the member at `offset` bytes into an object of the type appended: "used_" to an empty path,
/// "registry.count" to "registry".
std::string member_path(type_entry type, Dwarf_Word offset, std::string path);

/// Path of the member at `offset` bytes into an object of the type; empty if unknown, and if the type's
/// definitions disagree.
std::string name_member(type_finder& types, const std::type_info& type, std::size_t offset);

}  // namespace heddle::harness::debug_info
