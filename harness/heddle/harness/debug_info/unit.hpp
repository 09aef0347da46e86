// One unit (translation unit) of debug information, scanned once: its scopes, the address ranges of its
// functions and the addresses of its static variables, all in binary-searchable order.
//
// Complexity: scan is linear in the unit's debug information; each look-up afterwards logarithmic.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <vector>

#include <elfutils/libdw.h>

namespace heddle::harness::debug_info {

/// What occupies the addresses [low, high), as the debug information counts.
template <class Payload>
struct addressed {
  Dwarf_Addr low = 0;
  Dwarf_Addr high = 0;
  Payload payload{};
};

template <class Payload>
void sort_by_address(std::vector<addressed<Payload>>& items) {
  std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.low < b.low; });
}

/// The item that covers the address, or nullptr. Precondition: the items are sorted and disjoint.
template <class Payload>
const addressed<Payload>* covering(const std::vector<addressed<Payload>>& items, Dwarf_Addr address) {
  auto after = std::upper_bound(items.begin(), items.end(), address,
                                [](Dwarf_Addr value, const auto& item) { return value < item.low; });
  if (after == items.begin() || address >= std::prev(after)->high) return nullptr;
  return &*std::prev(after);
}

inline constexpr std::uint32_t no_scope = std::numeric_limits<std::uint32_t>::max();
inline constexpr Dwarf_Off until_parent_ends = std::numeric_limits<Dwarf_Off>::max();

/// A namespace, class or function that has contents.
struct scope {
  Dwarf_Off offset = 0;               ///< invariant: ascending within a unit
  Dwarf_Off end = until_parent_ends;  ///< offset of the next sibling
  std::uint32_t parent = no_scope;    ///< invariant: less than the own index
  Dwarf_Die die{};
};

struct unit {
  Dwarf_Die root{};
  bool scanned = false;
  std::vector<scope> scopes;
  std::vector<addressed<Dwarf_Die>> functions;
  std::vector<addressed<Dwarf_Die>> variables;  ///< not sorted: a module sorts those of all its units

  /// Fills the lists; the second call does nothing.
  void scan();
  /// Index of the innermost scope that contains the entry, or no_scope. Precondition: scanned.
  [[nodiscard]] std::uint32_t enclosing(Dwarf_Off offset) const;

 private:
  void scan_children(Dwarf_Die parent, std::uint32_t inside);
  std::uint32_t scan_entry(Dwarf_Die die, std::uint32_t inside);
  void scan_variable(Dwarf_Die die);
};

}  // namespace heddle::harness::debug_info
