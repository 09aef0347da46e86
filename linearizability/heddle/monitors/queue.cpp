#include <string>

#include <heddle/monitors/collection.hpp>
#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/queue.hpp>

namespace heddle::monitors {

namespace {

/// Which item an event of the history belongs to as its insertion; `never` for all others.
std::vector<std::uint32_t> inserted_by(const collection& c) {
  std::vector<std::uint32_t> item_of(c.time.horizon(), never);
  for (std::uint32_t i = 0; i < c.items.size(); ++i) {
    item_of[c.items[i].insert_begin] = i;
    if (c.items[i].insert_end < c.time.horizon()) item_of[c.items[i].insert_end] = i;
  }
  return item_of;
}

verdict out_of_order(const collection& c, const item& first, const item& second) {
  const std::string one = named(first.value, c.how);
  const std::string other = named(second.value, c.how);
  const std::string why =
      first.extract == never
          ? other + " was dequeued though " + one + " had been enqueued before it and was not dequeued"
          : other + " was dequeued before " + one + " though " + one + " had been enqueued first";
  return violation({first.insert, first.extract, second.insert, second.extract}, true, why);
}

/// Of the items enqueued before this one's enqueue began, the one that stays longest must not outstay it.
std::optional<verdict> order_pattern(const collection& c) {
  const std::vector<std::uint32_t> item_of = inserted_by(c);
  const item* longest = nullptr;
  for (rank r = 0; r < c.time.horizon(); ++r) {
    if (item_of[r] == never) continue;
    const item& one = c.items[item_of[r]];
    if (r == one.insert_begin) {
      if (longest && longest->extract_begin > one.extract_end) return out_of_order(c, *longest, one);
    } else if (!longest || one.extract_begin > longest->extract_begin) {
      longest = &one;
    }
  }
  return std::nullopt;
}

std::optional<verdict> bad_pattern(const collection& c) {
  if (auto found = order_pattern(c)) return found;
  return vain_extraction_covered(c, "a dequeue");
}

/// An item must be gone before another is that was certainly enqueued later, and before a dequeue that began
/// later finds nothing.
std::vector<due> dues(const collection& c) {
  const std::vector<std::uint32_t> item_of = inserted_by(c);
  std::vector<due> by_begin(c.time.horizon());
  for (const item& one : c.items) {
    if (one.extract != never) by_begin[one.insert_begin] = {0, one.extract_end, one.extract, one.insert};
  }
  for (const std::uint32_t o : c.vain) by_begin[c.time.begin(o)] = {0, c.time.end(o), o, never};
  std::vector<due> all;
  due first;
  for (rank r = c.time.horizon(); r-- > 0;) {
    const due& d = by_begin[r];
    if (d.because != never && (first.because == never || d.before < first.before)) first = d;
    if (item_of[r] == never || first.because == never) continue;
    const item& one = c.items[item_of[r]];
    if (one.extract != never || r != one.insert_end) continue;
    first.item = item_of[r];
    all.push_back(first);
  }
  return all;
}

constexpr collection_type type{"enqueued", "dequeued", "a dequeue", bad_pattern, dues};

}  // namespace

verdict judge_queue(std::span<const operation> history, const options& how) {
  return judge_collection(history, how, type);
}

}  // namespace heddle::monitors
