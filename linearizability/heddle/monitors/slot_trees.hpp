// Two segment trees of the stack's monitor.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <heddle/monitors/timeline.hpp>

namespace heddle::monitors {

/// An array of keys in which a key below a bound is found in a range. O(log n) each.
class range_minimum {
 public:
  static constexpr std::uint32_t no_key = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

  explicit range_minimum(std::uint32_t size)
      : leaves_(std::bit_ceil(std::max(size, 1U))), least_(2 * std::size_t{leaves_}, no_key) {}

  void set(std::uint32_t index, std::uint32_t key) {
    std::size_t node = leaves_ + index;
    least_[node] = key;
    while (node /= 2) least_[node] = std::min(least_[2 * node], least_[2 * node + 1]);
  }

  /// Some index in [from, to) whose key is below `bound`, or `nowhere`.
  std::uint32_t find_below(std::uint32_t from, std::uint32_t to, std::uint32_t bound) const {
    std::size_t left = std::size_t{leaves_} + from;
    std::size_t right = std::size_t{leaves_} + to;
    for (; left < right; left /= 2, right /= 2) {
      if (left % 2 == 1 && least_[left++] < bound) return descend(left - 1, bound);
      if (right % 2 == 1 && least_[--right] < bound) return descend(right, bound);
    }
    return nowhere;
  }

 private:
  std::uint32_t descend(std::size_t node, std::uint32_t bound) const {
    while (node < leaves_) node = least_[2 * node] < bound ? 2 * node : 2 * node + 1;
    return static_cast<std::uint32_t>(node - leaves_);
  }

  std::uint32_t leaves_;
  std::vector<std::uint32_t> least_;
};

/// How many intervals cover each slot, while intervals are taken away. O(log n) each.
class cover_counts {
 public:
  cover_counts(slot slots, std::span<const std::uint32_t> counts)
      : leaves_(std::bit_ceil(std::max(slots, 1U))), nodes_(2 * std::size_t{leaves_}) {
    for (slot s = 0; s < slots; ++s) nodes_[leaves_ + s] = {counts[s], counts[s], 0};
    for (std::size_t at = leaves_; at-- > 1;) pull(at);
  }

  /// One interval less covers [from, to).
  void uncover(slot from, slot to) { uncover(1, 0, leaves_, from, to); }

  /// The first slot in [from, to) that some interval covers, or `to`.
  slot first_covered(slot from, slot to) const { return first<true>(1, 0, leaves_, from, to, 0); }
  /// The first slot in [from, to) that none covers, or `to`.
  slot first_free(slot from, slot to) const { return first<false>(1, 0, leaves_, from, to, 0); }

 private:
  /// Of the slots below, without what `less` of the ancestors takes away.
  struct node {
    std::uint32_t least = 0;
    std::uint32_t most = 0;
    std::uint32_t less = 0;  ///< taken away from all slots below, already part of least and most
  };

  void pull(std::size_t at) {
    const node& left = nodes_[2 * at];
    const node& right = nodes_[2 * at + 1];
    nodes_[at].least = std::min(left.least, right.least) - nodes_[at].less;
    nodes_[at].most = std::max(left.most, right.most) - nodes_[at].less;
  }

  void uncover(std::size_t at, slot begin, slot end, slot from, slot to) {
    if (to <= begin || end <= from) return;
    if (from <= begin && end <= to) {
      --nodes_[at].least;
      --nodes_[at].most;
      ++nodes_[at].less;
      return;
    }
    const slot middle = begin + (end - begin) / 2;
    uncover(2 * at, begin, middle, from, to);
    uncover(2 * at + 1, middle, end, from, to);
    pull(at);
  }

  template <bool Covered>
  slot first(std::size_t at, slot begin, slot end, slot from, slot to, std::uint32_t less) const {
    if (to <= begin || end <= from) return to;
    const node& n = nodes_[at];
    if (Covered ? n.most == less : n.least != less) return to;
    if (end - begin == 1) return begin;
    const slot middle = begin + (end - begin) / 2;
    const slot found = first<Covered>(2 * at, begin, middle, from, to, less + n.less);
    if (found != to) return found;
    return first<Covered>(2 * at + 1, middle, end, from, to, less + n.less);
  }

  slot leaves_;
  std::vector<node> nodes_;
};

}  // namespace heddle::monitors
