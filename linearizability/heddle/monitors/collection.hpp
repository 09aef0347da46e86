// What queue, stack and priority queue have in common: items that are inserted once and extracted at most
// once, extractions that found nothing, and extractions of unknown outcome.
//
// Who extracted what is plain if no value that was extracted was inserted twice (a value that was never
// extracted may be inserted any number of times). Each type then looks for its own bad patterns.
//
// Unknown outcomes. An open insertion took effect if its value was extracted, and is dropped otherwise:
// without an item that nobody saw, a history is as linearizable as with it. An open extraction may have
// removed any item that no other removed, or none:
//   1. if the history is linearizable without open extractions, it is linearizable;
//   2. if it is not even with one for every such item, each as early as the earliest, it is not;
//   3. items which an open extraction must have removed by some time are given one each, the most urgent the
//      earliest (Jackson 1955); if there are too few in time, it is not linearizable. If the history is with
//      these, it is linearizable; else the monitor cannot tell.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/monitors/coverage.hpp>
#include <heddle/monitors/monitors.hpp>
#include <heddle/monitors/timeline.hpp>

namespace heddle::monitors {

/// One insertion and the extraction that gave its value. An item that was never extracted is extracted at
/// the horizon.
struct item {
  std::int64_t value = 0;
  std::uint32_t insert = 0;
  std::uint32_t extract = never;  ///< `never` if there is none, or only a supposed one
  rank insert_begin = 0;
  rank insert_end = 0;
  rank extract_begin = 0;
  rank extract_end = 0;

  /// The slots in which it certainly was in the collection: [insert_end, extract_begin).
  bool certainly_inside() const { return insert_end < extract_begin; }
};

struct collection {
  const timeline& time;
  const options& how;
  std::vector<item> items;               ///< by value
  std::vector<std::uint32_t> vain;       ///< extractions that found nothing
  std::vector<std::uint32_t> uncertain;  ///< open extractions, by invocation
};

/// An item that nobody is known to have extracted must be gone before rank `before`, or else `because` (the
/// extraction of an item, or one that found nothing, if `because_of_item` is `never`) cannot be explained.
struct due {
  std::uint32_t item = 0;
  rank before = 0;
  std::uint32_t because = never;
  std::uint32_t because_insert = never;
};

/// What distinguishes the types.
struct collection_type {
  std::string_view inserted;    ///< "enqueued"
  std::string_view extracted;   ///< "dequeued"
  std::string_view extraction;  ///< "a dequeue"
  /// A reason why the items' order cannot be explained, if there is one. Decides, in both directions.
  std::optional<verdict> (*bad_pattern)(const collection&);
  /// For step 3: necessary times of removal, of the items that have none.
  std::vector<due> (*dues)(const collection&);
};

verdict judge_collection(std::span<const operation> history, const options& how, const collection_type& type);

/// The bad pattern that all types share: an extraction found nothing, though in each of its slots some item
/// was certainly inside. (In a free slot it can be placed, with every item wholly before or wholly after it.)
std::optional<verdict> vain_extraction_covered(const collection& c, std::string_view extraction);

/// The certain stays of the items that `counts` accepts.
template <class Counts>
std::vector<interval> certain_stays(const collection& c, Counts&& counts) {
  std::vector<interval> stays;
  for (std::uint32_t i = 0; i < c.items.size(); ++i) {
    const item& one = c.items[i];
    if (one.certainly_inside() && counts(one)) stays.push_back({one.insert_end, one.extract_begin, i});
  }
  return stays;
}

/// Appends the operations of items, and gives their values.
std::vector<std::int64_t> name_items(const collection& c, std::span<const std::uint32_t> items,
                                     std::vector<std::uint32_t>& operations);

/// Of (key, what is due) pairs, the most urgent with a key above a bound: a Fenwick tree. O(log n) each.
class most_urgent_above {
 public:
  explicit most_urgent_above(rank keys) : size_(keys), best_(std::size_t{keys} + 1) {}

  void insert(rank key, const due& d) {
    for (rank at = size_ - key; at <= size_; at += at & (~at + 1)) {
      if (best_[at].because == never || d.before < best_[at].before) best_[at] = d;
    }
  }

  /// Among those inserted with key > bound; `because` is `never` if there are none.
  due find(rank bound) const {
    due best;
    if (bound + 1 >= size_) return best;
    for (rank at = size_ - (bound + 1); at > 0; at &= at - 1) {
      const due& d = best_[at];
      if (d.because != never && (best.because == never || d.before < best.before)) best = d;
    }
    return best;
  }

 private:
  rank size_;
  std::vector<due> best_;
};

}  // namespace heddle::monitors
