// Open operations of one kind, taken in the order in which they must return.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include <heddle/monitors/timeline.hpp>

namespace heddle::monitors {

/// A heap by response; those of unknown outcome come last. O(log n) each.
class deadlines {
 public:
  void push(rank end, std::uint32_t operation) {
    heap_.emplace_back(end, operation);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  bool empty() const { return heap_.empty(); }
  void clear() { heap_.clear(); }

  std::uint32_t pop() {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const std::uint32_t operation = heap_.back().second;
    heap_.pop_back();
    return operation;
  }

 private:
  std::vector<std::pair<rank, std::uint32_t>> heap_;
};

}  // namespace heddle::monitors
