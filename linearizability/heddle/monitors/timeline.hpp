// The order of a history's events, as ranks: 0, 1, … by position, at equal positions invocations first.
//
// An operation took effect in one of the *slots* [begin, end), slot r being the time between rank r and r
// + 1. One operation precedes another if and only if its end is before the other's begin. Ranks are distinct,
// so the monitors need no rules for equal positions. O(n log n).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <heddle/monitors/operation.hpp>

namespace heddle::monitors {

using rank = std::uint32_t;
using slot = std::uint32_t;

class timeline {
 public:
  struct event {
    std::uint32_t operation;
    bool is_response;
  };

  /// Throws std::invalid_argument if an operation returned before it was invoked.
  explicit timeline(std::span<const operation> history);

  rank begin(std::uint32_t operation) const { return begin_[operation]; }
  /// The rank of the response, or horizon() if there was none.
  rank end(std::uint32_t operation) const { return end_[operation]; }
  /// After all events. Also the number of events, and of slots.
  rank horizon() const { return static_cast<rank>(events_.size()); }
  /// By rank.
  std::span<const event> events() const { return events_; }

 private:
  std::vector<event> events_;
  std::vector<rank> begin_;
  std::vector<rank> end_;
};

}  // namespace heddle::monitors
