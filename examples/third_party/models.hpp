// What containers promise, one call at a time.
#pragma once

#include <deque>
#include <optional>
#include <vector>

/// First in, first out.
struct fifo_model {
  std::deque<int> items;

  bool push(int item) {
    items.push_back(item);
    return true;
  }
  std::optional<int> pop() {
    if (items.empty()) return std::nullopt;
    const int first = items.front();
    items.pop_front();
    return first;
  }
  bool operator==(const fifo_model&) const = default;
};

/// Last in, first out.
struct lifo_model {
  std::vector<int> items;

  bool push(int item) {
    items.push_back(item);
    return true;
  }
  std::optional<int> pop() {
    if (items.empty()) return std::nullopt;
    const int last = items.back();
    items.pop_back();
    return last;
  }
  bool operator==(const lifo_model&) const = default;
};
