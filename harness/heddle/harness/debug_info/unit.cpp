#include <optional>
#include <utility>

#include <heddle/harness/debug_info/entries.hpp>
#include <heddle/harness/debug_info/unit.hpp>

namespace heddle::harness::debug_info {

void unit::scan() {
  if (std::exchange(scanned, true)) return;
  scan_children(root, no_scope);
  sort_by_address(functions);
}

std::uint32_t unit::enclosing(Dwarf_Off offset) const {
  auto after =
      std::partition_point(scopes.begin(), scopes.end(), [&](const scope& s) { return s.offset < offset; });
  if (after == scopes.begin()) return no_scope;
  auto result = static_cast<std::uint32_t>(std::distance(scopes.begin(), after) - 1);
  for (std::uint32_t i = result; i != no_scope; i = scopes[i].parent)
    if (scopes[i].end <= offset) result = scopes[i].parent;
  return result;
}

void unit::scan_children(Dwarf_Die parent, std::uint32_t inside) {
  Dwarf_Die child;
  if (dwarf_child(&parent, &child) != 0) return;
  for (bool more = true; more;) {
    const std::uint32_t opened = scan_entry(child, inside);
    more = dwarf_siblingof(&child, &child) == 0;
    if (more && opened != no_scope) scopes[opened].end = dwarf_dieoffset(&child);
  }
}

std::uint32_t unit::scan_entry(Dwarf_Die die, std::uint32_t inside) {
  switch (dwarf_tag(&die)) {
    case DW_TAG_subprogram:
      if (has(die, DW_AT_declaration)) return no_scope;
      for_each_range(die, [&](Dwarf_Addr low, Dwarf_Addr high) { functions.push_back({low, high, die}); });
      [[fallthrough]];
    case DW_TAG_namespace:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type: {
      if (dwarf_haschildren(&die) != 1) return no_scope;
      const auto index = static_cast<std::uint32_t>(scopes.size());
      scopes.push_back({.offset = dwarf_dieoffset(&die), .parent = inside, .die = die});
      scan_children(die, index);
      return index;
    }
    // Inlined calls hold nothing of their own: the function's abstract instance does.
    case DW_TAG_lexical_block:
      scan_children(die, inside);
      return no_scope;
    case DW_TAG_variable:
      scan_variable(die);
      return no_scope;
    default:
      return no_scope;
  }
}

void unit::scan_variable(Dwarf_Die die) {
  const std::optional<Dwarf_Addr> address = fixed_address(die);
  if (!address || *address == 0) return;
  const std::optional<Dwarf_Die> type = type_of(die);
  const Dwarf_Word size = type ? size_of(*type).value_or(0) : 0;
  variables.push_back({*address, *address + std::max<Dwarf_Word>(size, 1), die});
}

}  // namespace heddle::harness::debug_info
