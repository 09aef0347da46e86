#include <algorithm>
#include <string>

#include <heddle/monitors/collection.hpp>
#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/priority_queue.hpp>

namespace heddle::monitors {

namespace {

/// The first slot in which the item can be inside and being extracted.
slot first_extraction(const item& one) {
  return std::max(one.extract_begin, one.insert_begin);
}

verdict smaller_inside(const collection& c, const item& one) {
  const auto smaller = [&](const item& other) { return other.value < one.value; };
  const auto chain = covering_chain(certain_stays(c, smaller), first_extraction(one), one.extract_end);
  std::vector<std::uint32_t> operations{one.insert, one.extract};
  const std::string values = listed(name_items(c, chain, operations), c.how);
  return violation(std::move(operations), true,
                   named(one.value, c.how) + " was extracted though " + values +
                       (chain.size() == 1 ? " was" : " were, one or another,") + " inside all the while");
}

std::optional<verdict> bad_pattern(const collection& c) {
  coverage smaller(c.time.horizon());
  for (const item& one : c.items) {
    if (one.extract != never && smaller.next_free(first_extraction(one)) >= one.extract_end)
      return smaller_inside(c, one);
    smaller.cover(one.insert_end, one.extract_begin);
  }
  return vain_extraction_covered(c, "an extraction");
}

/// An item must be gone before a larger one is extracted, or nothing is found, by a call that began later.
std::vector<due> dues(const collection& c) {
  most_urgent_above urgent(c.time.horizon());
  for (const std::uint32_t o : c.vain) urgent.insert(c.time.begin(o), {0, c.time.end(o), o, never});
  std::vector<due> all;
  for (std::size_t i = c.items.size(); i-- > 0;) {
    const item& one = c.items[i];
    if (one.extract != never) {
      urgent.insert(first_extraction(one), {0, one.extract_end, one.extract, one.insert});
      continue;
    }
    due d = urgent.find(one.insert_end);
    d.item = static_cast<std::uint32_t>(i);
    if (d.because != never) all.push_back(d);
  }
  return all;
}

constexpr collection_type type{"inserted", "extracted", "an extraction", bad_pattern, dues};

}  // namespace

verdict judge_priority_queue(std::span<const operation> history, const options& how) {
  return judge_collection(history, how, type);
}

}  // namespace heddle::monitors
