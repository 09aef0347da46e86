// Which slots of time are covered by intervals, and by which.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <heddle/monitors/timeline.hpp>

namespace heddle::monitors {

/// The slots [from, to), and whose they are.
struct interval {
  slot from = 0;
  slot to = 0;
  std::uint32_t owner = 0;
};

/// A growing set of slots. O(α) amortised per slot and question (union by path halving, Tarjan 1975).
class coverage {
 public:
  explicit coverage(slot slots) : next_(std::size_t{slots} + 1) {
    std::iota(next_.begin(), next_.end(), slot{0});
  }

  void cover(slot from, slot to) {
    for (slot s = next_free(from); s < to; s = next_free(s)) next_[s] = s + 1;
  }

  /// The first slot from `s` on that is not covered; the number of slots if all are.
  slot next_free(slot s) {
    while (next_[s] != s) {
      next_[s] = next_[next_[s]];
      s = next_[s];
    }
    return s;
  }

 private:
  std::vector<slot> next_;
};

/// The owners of a smallest selection of intervals that covers [from, to), in order of time. Precondition:
/// all of them together do. O(n log n).
inline std::vector<std::uint32_t> covering_chain(std::vector<interval> intervals, slot from, slot to) {
  std::sort(intervals.begin(), intervals.end(),
            [](const interval& a, const interval& b) { return a.from < b.from; });
  std::vector<std::uint32_t> chain;
  std::size_t next = 0;
  while (from < to) {
    interval farthest{0, from, 0};
    for (; next < intervals.size() && intervals[next].from <= from; ++next) {
      if (intervals[next].to > farthest.to) farthest = intervals[next];
    }
    if (farthest.to == from) break;  // not covered
    chain.push_back(farthest.owner);
    from = farthest.to;
  }
  return chain;
}

}  // namespace heddle::monitors
