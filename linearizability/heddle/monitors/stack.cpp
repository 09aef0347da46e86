#include <algorithm>
#include <string>
#include <utility>

#include <heddle/monitors/collection.hpp>
#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/slot_trees.hpp>
#include <heddle/monitors/stack.hpp>

namespace heddle::monitors {

namespace {

/// Takes values away from the bottom, piece by piece.
class unstacking {
 public:
  explicit unstacking(const collection& c)
      : c_(c),
        stays_(sorted_stays(c)),
        pushed_later_(size()),
        popped_last_(size()),
        counts_(count(c, stays_)) {
    for (std::uint32_t i = 0; i < size(); ++i) pushed_later_.set(i, of(i).insert_begin);
  }

  /// A piece that has no bottom, if there is one.
  std::optional<verdict> stuck() {
    split(0, c_.time.horizon());
    while (!pieces_.empty()) {
      const auto [from, to] = pieces_.back();
      pieces_.pop_back();
      if (!take_bottoms(from, to)) return no_bottom(from, to);
      split(from, to);
    }
    return std::nullopt;
  }

 private:
  static std::vector<interval> sorted_stays(const collection& c) {
    auto stays = certain_stays(c, [](const item&) { return true; });
    std::sort(stays.begin(), stays.end(), [](auto& a, auto& b) { return a.from < b.from; });
    return stays;
  }

  static cover_counts count(const collection& c, std::span<const interval> stays) {
    std::vector<std::uint32_t> counts(std::size_t{c.time.horizon()} + 1);
    for (const interval& stay : stays) {
      ++counts[stay.from];
      --counts[stay.to];
    }
    for (std::size_t s = 1; s < counts.size(); ++s) counts[s] += counts[s - 1];
    return {c.time.horizon(), counts};
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(stays_.size()); }
  const item& of(std::uint32_t i) const { return c_.items[stays_[i].owner]; }

  std::uint32_t first_from(slot s) const {
    const auto at = std::partition_point(stays_.begin(), stays_.end(),
                                         [&](const interval& stay) { return stay.from < s; });
    return static_cast<std::uint32_t>(at - stays_.begin());
  }

  /// Finds larger ranks first. A pop that may never happen may come after everything.
  std::uint32_t pop_key(const item& one) const {
    return ~(one.extract_end == c_.time.horizon() ? c_.time.horizon() + 1 : one.extract_end);
  }

  /// The maximal covered parts of [from, to) become pieces.
  void split(slot from, slot to) {
    while ((from = counts_.first_covered(from, to)) < to) {
      const slot end = counts_.first_free(from, to);
      pieces_.emplace_back(from, end);
      from = end;
    }
  }

  /// `from` is the earliest response of a push in the piece, `to` the latest invocation of a pop.
  bool take_bottoms(slot from, slot to) {
    const std::uint32_t first = first_from(from);
    const std::uint32_t last = first_from(to);
    for (;;) {  // pieces only shrink, so what may be pushed first now may be in all later ones
      const std::uint32_t i = pushed_later_.find_below(first, last, from);
      if (i == range_minimum::nowhere) break;
      pushed_later_.set(i, range_minimum::no_key);
      popped_last_.set(i, pop_key(of(i)));
    }
    bool any = false;
    for (;;) {
      const std::uint32_t i = popped_last_.find_below(first, last, ~to);
      if (i == range_minimum::nowhere) return any;
      popped_last_.set(i, range_minimum::no_key);
      counts_.uncover(stays_[i].from, stays_[i].to);
      stays_[i].to = stays_[i].from;
      any = true;
    }
  }

  verdict no_bottom(slot from, slot to) const {
    const auto first = stays_.begin() + first_from(from);
    const auto last = stays_.begin() + first_from(to);
    const auto chain = covering_chain({first, last}, from, to);
    std::vector<std::uint32_t> operations;
    const auto values = name_items(c_, chain, operations);
    return violation(std::move(operations), true, chain.size() == 2 ? pair_text(chain) : chain_text(values));
  }

  std::string pair_text(std::span<const std::uint32_t> chain) const {
    const std::string below = named(c_.items[chain[0]].value, c_.how);
    const std::string above = named(c_.items[chain[1]].value, c_.how);
    const bool popped = c_.items[chain[1]].extract != never;
    return below + " was popped although " + above +
           (popped ? ", popped later, had been pushed on top of it"
                   : " had been pushed on top of it and was not popped");
  }

  std::string chain_text(std::span<const std::int64_t> values) const {
    return "of " + listed(values, c_.how) +
           " there was always one on the stack, but none of them from the first push to the last pop: none "
           "can have lain "
           "at the bottom";
  }

  const collection& c_;
  std::vector<interval> stays_;  ///< by begin; empty if taken away
  range_minimum pushed_later_;   ///< those whose push cannot come first in their piece; key: its invocation
  range_minimum popped_last_;    ///< those whose push can; key: pop_key
  cover_counts counts_;
  std::vector<std::pair<slot, slot>> pieces_;
};

std::optional<verdict> bad_pattern(const collection& c) {
  if (auto found = vain_extraction_covered(c, "a pop")) return found;
  return unstacking(c).stuck();
}

/// An item must be gone before one below it is popped, and before a pop that began later finds nothing.
std::vector<due> dues(const collection& c) {
  std::vector<std::uint32_t> item_of(c.time.horizon(), never);
  for (std::uint32_t i = 0; i < c.items.size(); ++i) {
    const item& one = c.items[i];
    const rank known = one.extract == never ? one.insert_begin : one.insert_end;
    if (known < c.time.horizon()) item_of[known] = i;
  }
  most_urgent_above below(c.time.horizon());
  most_urgent_above vain(c.time.horizon());
  for (const std::uint32_t o : c.vain) vain.insert(c.time.begin(o), {0, c.time.end(o), o, never});
  std::vector<due> all;
  for (rank r = 0; r < c.time.horizon(); ++r) {
    if (item_of[r] == never) continue;
    const item& one = c.items[item_of[r]];
    if (one.extract != never) {
      below.insert(one.extract_begin, {0, one.extract_end, one.extract, one.insert});
      continue;
    }
    due first = below.find(one.insert_end);
    const due empty = vain.find(one.insert_end);
    if (empty.because != never && (first.because == never || empty.before < first.before)) first = empty;
    first.item = item_of[r];
    if (first.because != never) all.push_back(first);
  }
  return all;
}

constexpr collection_type type{"pushed", "popped", "a pop", bad_pattern, dues};

}  // namespace

verdict judge_stack(std::span<const operation> history, const options& how) {
  return judge_collection(history, how, type);
}

}  // namespace heddle::monitors
