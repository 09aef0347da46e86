// A relation between n things, as a matrix of bits: for conditions on small and medium histories.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace heddle::conditions {

class relation {
 public:
  explicit relation(std::uint32_t n) : n_(n), words_((n + 63) / 64), bits_(std::size_t{n} * words_) {}

  std::uint32_t size() const { return n_; }
  bool has(std::uint32_t a, std::uint32_t b) const { return (row(a)[b / 64] >> (b % 64) & 1U) != 0; }
  void add(std::uint32_t a, std::uint32_t b) { row(a)[b / 64] |= std::uint64_t{1} << (b % 64); }

  /// All that is related to `b` in `other` becomes related to `a`. True if that is news.
  bool add_all(std::uint32_t a, const relation& other, std::uint32_t b) {
    std::uint64_t fresh = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      fresh |= other.row(b)[w] & ~row(a)[w];
      row(a)[w] |= other.row(b)[w];
    }
    return fresh != 0;
  }

  /// Calls f(b) for all b that `a` is related to, ascending.
  template <class F>
  void for_each(std::uint32_t a, F&& f) const {
    for (std::size_t w = 0; w < words_; ++w)
      for (std::uint64_t left = row(a)[w]; left != 0; left &= left - 1)
        f(static_cast<std::uint32_t>(64 * w) + static_cast<std::uint32_t>(std::countr_zero(left)));
  }

  /// Warshall 1962: O(n³/64).
  void close() {
    for (std::uint32_t via = 0; via < n_; ++via)
      for (std::uint32_t a = 0; a < n_; ++a)
        if (has(a, via)) add_all(a, *this, via);
  }

  /// Is there a cycle? Kahn 1962: O(n²).
  bool cyclic() const {
    std::vector<std::uint32_t> left(n_);  // how many that come before are still there
    for (std::uint32_t a = 0; a < n_; ++a) for_each(a, [&](std::uint32_t b) { ++left[b]; });
    std::vector<std::uint32_t> removed;
    for (std::uint32_t a = 0; a < n_; ++a)
      if (left[a] == 0) removed.push_back(a);
    for (std::size_t i = 0; i < removed.size(); ++i)
      for_each(removed[i], [&](std::uint32_t b) {
        if (--left[b] == 0) removed.push_back(b);
      });
    return removed.size() < n_;
  }

  /// The things on a shortest way from `from` to `to`, both included; just once if they are the same: then it
  /// is a cycle. Empty if there is none. O(pairs).
  std::vector<std::uint32_t> shortest_path(std::uint32_t from, std::uint32_t to) const {
    std::vector<std::uint32_t> before(n_, n_);
    std::vector<std::uint32_t> queue{from};
    std::size_t i = 0;
    while (i < queue.size() && !has(queue[i], to)) {
      for_each(queue[i], [&](std::uint32_t b) {
        if (before[b] == n_ && b != from) before[b] = queue[i], queue.push_back(b);
      });
      ++i;
    }
    if (i == queue.size()) return {};
    std::vector<std::uint32_t> path;
    if (to != from) path.push_back(to);
    for (std::uint32_t at = queue[i]; at != from; at = before[at]) path.push_back(at);
    path.push_back(from);
    std::reverse(path.begin(), path.end());
    return path;
  }

  /// A shortest cycle through related things, or none: O(n · pairs).
  std::vector<std::uint32_t> shortest_cycle() const {
    std::vector<std::uint32_t> best;
    for (std::uint32_t start = 0; start < n_; ++start) {
      std::vector<std::uint32_t> cycle = shortest_path(start, start);
      if (!cycle.empty() && (best.empty() || cycle.size() < best.size())) best = std::move(cycle);
    }
    return best;
  }

 private:
  std::uint64_t* row(std::uint32_t a) { return bits_.data() + std::size_t{a} * words_; }
  const std::uint64_t* row(std::uint32_t a) const { return bits_.data() + std::size_t{a} * words_; }

  std::uint32_t n_;
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

}  // namespace heddle::conditions
