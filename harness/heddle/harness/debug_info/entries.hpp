// Questions to one DIE (debugging information entry, a node of a unit's tree), over elfutils' libdw.
//
// Source: DWARF 5 standard, sections 2.6 (locations), 2.17 (ranges), 3.3.8 (inlining), 7.5 (forms). What the
// entry does not say, or libdw cannot read, is nothing rather than an error.
#pragma once

#include <cstddef>
#include <optional>

#include <dwarf.h>
#include <elfutils/libdw.h>

namespace heddle::harness::debug_info {

/// bool visit(Dwarf_Die&): true goes on.
template <class Visit>
void for_each_child(Dwarf_Die parent, Visit visit) {
  Dwarf_Die child;
  if (dwarf_child(&parent, &child) != 0) return;
  do {
    if (!visit(child)) return;
  } while (dwarf_siblingof(&child, &child) == 0);
}

/// Calls visit(low, high) for each address range [low, high) of a unit or function, except those that the
/// linker discarded (they start at 0).
template <class Visit>
void for_each_range(Dwarf_Die die, Visit visit) {
  Dwarf_Addr base = 0;
  Dwarf_Addr low = 0;
  Dwarf_Addr high = 0;
  for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&die, at, &base, &low, &high)) > 0;)
    if (low != 0 && low < high) visit(low, high);
}

bool has(Dwarf_Die die, unsigned attribute_name);

/// Whether it is a class, struct or union.
bool is_class(Dwarf_Die die);

/// The entry that an attribute of this entry itself points at.
std::optional<Dwarf_Die> referenced(Dwarf_Die die, unsigned attribute_name);

/// A constant, looked for along the declarations that the entry completes, too; so are texts and types.
std::optional<Dwarf_Word> number(Dwarf_Die die, unsigned attribute_name);

/// nullptr if there is none. Lives as long as the debug information.
const char* text_of(Dwarf_Die die, unsigned attribute_name);

/// The type of a variable, member or element, without qualifiers and typedefs.
std::optional<Dwarf_Die> type_of(Dwarf_Die die);

/// Bytes of an object of the type; nothing if no unit defines it.
std::optional<Dwarf_Word> size_of(Dwarf_Die type);

/// The entry that carries the name: from a concrete or inlined instance to its declaration.
Dwarf_Die declaration_of(Dwarf_Die die);

/// Where a variable always stands, as the debug information counts; nothing if that is computed at run time.
std::optional<Dwarf_Addr> fixed_address(Dwarf_Die variable);

}  // namespace heddle::harness::debug_info
