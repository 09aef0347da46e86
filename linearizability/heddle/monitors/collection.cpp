#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include <heddle/monitors/collection.hpp>
#include <heddle/monitors/findings.hpp>

namespace heddle::monitors {

namespace {

/// One mention of a value by an operation.
struct mention {
  std::int64_t value;
  std::uint32_t operation;
  bool extracted;
};

std::vector<mention> mentions(std::span<const operation> history, collection& c) {
  std::vector<mention> all;
  all.reserve(history.size());
  for (std::uint32_t i = 0; i < history.size(); ++i) {
    const operation& o = history[i];
    if (o.what == method::insert)
      all.push_back({o.argument, i, false});
    else if (o.open())
      c.uncertain.push_back(i);
    else if (o.success)
      all.push_back({o.result, i, true});
    else
      c.vain.push_back(i);
  }
  std::sort(all.begin(), all.end(), [](const mention& a, const mention& b) {
    return std::tie(a.value, a.extracted, a.operation) < std::tie(b.value, b.extracted, b.operation);
  });
  std::sort(c.uncertain.begin(), c.uncertain.end(),
            [&](auto a, auto b) { return c.time.begin(a) < c.time.begin(b); });
  return all;
}

item make_item(const timeline& time, std::int64_t value, std::uint32_t insert, std::uint32_t extract) {
  const bool extracted = extract != never;
  return {.value = value,
          .insert = insert,
          .extract = extract,
          .insert_begin = time.begin(insert),
          .insert_end = time.end(insert),
          .extract_begin = extracted ? time.begin(extract) : time.horizon(),
          .extract_end = extracted ? time.end(extract) : time.horizon()};
}

std::vector<std::uint32_t> operations_of(std::span<const mention> some) {
  std::vector<std::uint32_t> operations;
  for (const mention& m : some) operations.push_back(m.operation);
  return operations;
}

/// The items of one value, which `inserts` and `extracts` mention.
std::optional<verdict> add_items(std::span<const operation> history, std::span<const mention> inserts,
                                 std::span<const mention> extracts, const collection_type& type,
                                 collection& c) {
  if (extracts.empty()) {
    for (const mention& m : inserts) {
      if (!history[m.operation].open()) c.items.push_back(make_item(c.time, m.value, m.operation, never));
    }
    return std::nullopt;
  }
  const std::string value = named(extracts[0].value, c.how);
  const std::string was_extracted = value + " was " + std::string(type.extracted);
  if (inserts.empty()) {
    return violation({extracts[0].operation}, true,
                     was_extracted + " but never " + std::string(type.inserted));
  }
  if (extracts.size() > inserts.size()) {
    auto named_operations = operations_of(inserts);
    for (const mention& m : extracts) named_operations.push_back(m.operation);
    return violation(std::move(named_operations), true,
                     was_extracted + " more often than " + std::string(type.inserted));
  }
  if (inserts.size() > 1)
    return not_applicable(value + " was " + std::string(type.inserted) + " more than once");
  const item one = make_item(c.time, extracts[0].value, inserts[0].operation, extracts[0].operation);
  if (one.extract_end < one.insert_begin) {
    return violation({one.insert, one.extract}, true,
                     was_extracted + " before it was " + std::string(type.inserted));
  }
  c.items.push_back(one);
  return std::nullopt;
}

std::optional<verdict> gather(std::span<const operation> history, const collection_type& type,
                              collection& c) {
  const std::vector<mention> all = mentions(history, c);
  std::optional<verdict> ambiguous;
  for (std::size_t first = 0; first < all.size();) {
    std::size_t extracts = first;
    while (extracts < all.size() && all[extracts].value == all[first].value && !all[extracts].extracted)
      ++extracts;
    std::size_t end = extracts;
    while (end < all.size() && all[end].value == all[first].value) ++end;
    const auto span = std::span<const mention>(all);
    auto found = add_items(history, span.subspan(first, extracts - first),
                           span.subspan(extracts, end - extracts), type, c);
    if (found && found->result == outcome::violation) return found;
    if (found) ambiguous = std::move(found);
    first = end;
  }
  return ambiguous;
}

/// A copy in which each item that nobody is known to have extracted may be from rank `begin` on.
collection with_extractions(const collection& c, rank begin) {
  collection relaxed = c;
  for (item& one : relaxed.items) {
    if (one.extract == never) one.extract_begin = begin;
  }
  return relaxed;
}

/// More items must be gone by some time than open extractions had begun by then: the first `count` of `dues`.
verdict too_few_extractions(const collection& c, std::span<const due> dues, std::size_t begun,
                            const collection_type& type) {
  std::vector<std::uint32_t> operations;
  std::vector<std::uint32_t> items;
  for (const due& d : dues) {
    items.push_back(d.item);
    operations.push_back(d.because);
    operations.push_back(d.because_insert);
  }
  operations.insert(operations.end(), c.uncertain.begin(),
                    c.uncertain.begin() + static_cast<std::ptrdiff_t>(begun));
  const std::string values = listed(name_items(c, items, operations), c.how);
  return violation(std::move(operations), true,
                   values + " must have been " + std::string(type.extracted) + " before operation " +
                       std::to_string(dues.back().because) + " returned, which is more than the " +
                       std::to_string(begun) + " of unknown outcome that had begun");
}

/// Gives each due item the earliest open extraction that is left, the most urgent first, and what is left to
/// the other items. A violation if one is too late.
std::optional<verdict> assign_extractions(collection& c, const collection_type& type) {
  std::vector<due> dues = type.dues(c);
  std::sort(dues.begin(), dues.end(), [](const due& a, const due& b) {
    return std::tie(a.before, a.item) < std::tie(b.before, b.item);
  });
  std::size_t next = 0;
  std::vector<bool> given(c.items.size());
  const auto give = [&](std::uint32_t i) {
    given[i] = true;
    c.items[i].extract_begin = c.time.begin(c.uncertain[next++]);
  };
  for (std::size_t i = 0; i < dues.size(); ++i) {
    const std::size_t begun = static_cast<std::size_t>(
        std::partition_point(c.uncertain.begin(), c.uncertain.end(),
                             [&](auto o) { return c.time.begin(o) < dues[i].before; }) -
        c.uncertain.begin());
    if (next >= begun) return too_few_extractions(c, std::span<const due>(dues).first(i + 1), begun, type);
    give(dues[i].item);
  }
  for (std::uint32_t i = 0; i < c.items.size() && next < c.uncertain.size(); ++i) {
    if (c.items[i].extract == never && !given[i]) give(i);
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::int64_t> name_items(const collection& c, std::span<const std::uint32_t> items,
                                     std::vector<std::uint32_t>& operations) {
  std::vector<std::int64_t> values;
  for (const std::uint32_t i : items) {
    operations.push_back(c.items[i].insert);
    operations.push_back(c.items[i].extract);
    values.push_back(c.items[i].value);
  }
  return values;
}

std::optional<verdict> vain_extraction_covered(const collection& c, std::string_view extraction) {
  if (c.vain.empty()) return std::nullopt;
  const auto any = [](const item&) { return true; };
  coverage inside(c.time.horizon());
  for (const item& one : c.items) inside.cover(one.insert_end, one.extract_begin);
  for (const std::uint32_t o : c.vain) {
    const rank begin = c.time.begin(o);
    const rank end = c.time.end(o);
    if (inside.next_free(begin) < end) continue;
    std::vector<std::uint32_t> operations{o};
    const auto chain = covering_chain(certain_stays(c, any), begin, end);
    const std::string values = listed(name_items(c, chain, operations), c.how);
    return violation(std::move(operations), true,
                     std::string(extraction) + " found nothing though " + values +
                         (chain.size() == 1 ? " was" : " were, one or another,") + " inside all the while");
  }
  return std::nullopt;
}

verdict judge_collection(std::span<const operation> history, const options& how,
                         const collection_type& type) {
  const timeline time(history);
  collection c{time, how, {}, {}, {}};
  if (auto found = gather(history, type, c)) return *found;
  auto found = type.bad_pattern(c);
  if (!found) return {};
  if (c.uncertain.empty()) return *found;
  if ((found = type.bad_pattern(with_extractions(c, time.begin(c.uncertain.front()))))) return *found;
  if ((found = assign_extractions(c, type))) return *found;
  if (!type.bad_pattern(c)) return {};
  return not_applicable("what the extractions of unknown outcome removed is not plain");
}

}  // namespace heddle::monitors
