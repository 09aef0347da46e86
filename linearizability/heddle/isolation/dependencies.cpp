#include <algorithm>
#include <stdexcept>
#include <tuple>

#include <heddle/isolation/dependencies.hpp>

namespace heddle::isolation {

namespace {

using step_kind = compact_step::kind;

}  // namespace

dependencies::dependencies(const compact_history& history)
    : history_(history), effective_(effective_transactions(history)) {
  if (history.keys.size() >= dependency_label::max_keys) throw std::length_error("too many keys");
  install();
  add_successors();
  own_.resize(history.keys.size());
  for (std::uint32_t t = 0; t < history.transactions.size(); ++t)
    if (effective_[t]) inspect_reads(t);
  find_lost_updates();
  build_graph();
}

// --- The order of versions

bool dependencies::counts(std::uint32_t version) const {
  const compact_version& v = history_.versions[version];
  return effective_[v.writer] && (v.final || history_.cumulative);
}

void dependencies::install() {
  installed_.resize(history_.orders.size());
  position_.assign(history_.versions.size(), never);
  for (std::uint32_t key = 0; key < history_.orders.size(); ++key) install(key);
}

void dependencies::install(std::uint32_t key) {
  auto& order = installed_[key];
  for (const std::uint32_t v : history_.orders[key].ordered) {
    if (!counts(v)) continue;
    position_[v] = static_cast<std::uint32_t>(order.size());
    order.push_back(v);
  }
}

/// Versions have a slot each, then initial versions by key.
std::size_t dependencies::slot_of(std::uint32_t key, std::uint32_t version) const {
  return version == initial_version ? history_.versions.size() + key : version;
}

void dependencies::add_successors() {
  successors_.resize(history_.versions.size() + history_.keys.size());
  std::vector<std::uint32_t> next;
  for (std::uint32_t key = 0; key < installed_.size(); ++key) {
    std::uint32_t last = initial_version;
    for (const std::uint32_t v : installed_[key]) {
      successors_[slot_of(key, last)] = {v, false};
      if (last != initial_version)
        edges_.push_back(
            {history_.versions[last].writer, history_.versions[v].writer, {dependency::ww, key}});
      last = v;
    }
    next.clear();
    const auto& later = history_.orders[key].later;
    std::copy_if(later.begin(), later.end(), std::back_inserter(next), [&](auto v) { return counts(v); });
    set_successors(static_cast<std::uint32_t>(slot_of(key, last)), next);
  }
  auto pairs = history_.replaced;
  std::erase_if(pairs, [&](const auto& pair) { return !counts(pair.second); });
  std::sort(pairs.begin(), pairs.end());
  for (auto begin = pairs.begin(); begin != pairs.end();) {
    next.clear();
    const std::uint32_t before = begin->first;
    for (; begin != pairs.end() && begin->first == before; ++begin) next.push_back(begin->second);
    set_successors(before, next);
  }
}

void dependencies::set_successors(std::uint32_t slot, std::span<const std::uint32_t> next) {
  if (next.empty()) return;
  const std::uint32_t key = history_.versions[next.front()].key;
  std::vector<std::uint32_t> writers;
  for (const std::uint32_t v : next) writers.push_back(history_.versions[v].writer);
  if (slot < history_.versions.size() && effective_[history_.versions[slot].writer]) {
    for (const std::uint32_t w : writers)
      edges_.push_back({history_.versions[slot].writer, w, {dependency::ww, key}});
  }
  std::sort(writers.begin(), writers.end());
  writers.erase(std::unique(writers.begin(), writers.end()), writers.end());
  if (writers.size() == 1) {
    successors_[slot] = {next.front(), false};
    return;
  }
  successors_[slot] = {static_cast<std::uint32_t>(groups_.size()), true};
  groups_.push_back(std::move(writers));
}

// --- Edges

template <class Sink>
void dependencies::derive_read_edges(std::uint32_t reader, Sink&& sink) const {
  const auto steps = history_.steps_of(reader);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto to_sink = [&](const labelled_edge& e) { sink(e, i); };
    const compact_step& s = steps[i];
    if (s.is_read()) read_item(reader, s.key, s.version, to_sink);
    if (s.what == step_kind::predicate) read_predicate(reader, history_.predicates[s.version], to_sink);
  }
}

template <class Sink>
void dependencies::read_item(std::uint32_t reader, std::uint32_t key, std::uint32_t version,
                             Sink&& sink) const {
  if (version != initial_version) {
    const std::uint32_t writer = history_.versions[version].writer;
    if (writer == reader) return;
    if (effective_[writer]) sink({writer, reader, {dependency::wr, key}});
  }
  const successor next = successors_[slot_of(key, version)];
  if (next.id == never) return;
  const std::uint32_t to = next.is_group ? next.id : history_.versions[next.id].writer;
  sink({reader, to, {dependency::rw, key, false, next.is_group}});
}

template <class Sink>
void dependencies::read_predicate(std::uint32_t reader, const compact_predicate& read, Sink&& sink) const {
  for (const auto& seen : read.covered) {
    if (std::binary_search(read.matching.begin(), read.matching.end(), seen.version)) {
      read_item(reader, seen.key, seen.version, sink);
    } else if (seen.version == initial_version || history_.versions[seen.version].writer != reader) {
      read_absence(reader, seen, read.matching, sink);
    }
  }
}

/// The row did not match: that depends on the version that ended its match, and the next one that matches
/// again depends on this.
template <class Sink>
void dependencies::read_absence(std::uint32_t reader, const compact_predicate::seen& seen,
                                const std::vector<std::uint32_t>& matching, Sink&& sink) const {
  const auto matches = [&](std::uint32_t v) {
    return std::binary_search(matching.begin(), matching.end(), v);
  };
  const auto writer_of = [&](std::uint32_t v) { return history_.versions[v].writer; };
  const bool initial = seen.version == initial_version;
  if (!initial && position_[seen.version] == never) {
    const std::uint32_t writer = writer_of(seen.version);
    if (effective_[writer]) sink({writer, reader, {dependency::wr, seen.key, true}});
    return;
  }
  const auto& versions = installed_[seen.key];
  std::size_t ended = initial ? 0 : position_[seen.version];
  while (ended > 0 && !matches(versions[ended - 1])) --ended;
  if (ended > 0) sink({writer_of(versions[ended]), reader, {dependency::wr, seen.key, true}});
  const auto behind = versions.begin() + (initial ? 0 : std::ptrdiff_t{position_[seen.version]} + 1);
  const auto again = std::find_if(behind, versions.end(), matches);
  if (again != versions.end()) sink({reader, writer_of(*again), {dependency::rw, seen.key, true}});
}

void dependencies::build_graph() {
  std::vector<dependency_graph::node> nodes;
  nodes.reserve(history_.transactions.size());
  for (std::uint32_t t = 0; t < history_.transactions.size(); ++t) {
    const compact_transaction& x = history_.transactions[t];
    nodes.push_back({t, x.process, x.invoked, x.returned, effective_[t]});
    if (effective_[t])
      derive_read_edges(t, [&](const labelled_edge& e, std::size_t) { edges_.push_back(e); });
  }
  graph_ = dependency_graph(std::move(nodes), edges_, groups_);
  edges_ = {};
}

// --- What shows without a cycle

void dependencies::inspect_reads(std::uint32_t reader) {
  for (const compact_step& s : history_.steps_of(reader)) {
    if (s.what == step_kind::write) own_[s.key] = {reader, s.version};
    history_.for_each_seen(s, [&](std::uint32_t key, std::uint32_t version) {
      const bool wrote = own_[key].writer == reader && s.what != step_kind::foreign_read;
      inspect_read(reader, key, version, wrote ? own_[key].version : initial_version);
    });
  }
}

void dependencies::inspect_read(std::uint32_t reader, std::uint32_t key, std::uint32_t version,
                                std::uint32_t own) {
  const bool initial = version == initial_version;
  const std::uint32_t writer = initial ? never : history_.versions[version].writer;
  if ((own != initial_version || writer == reader) && version != own)
    report(phenomenon::internal, "own write lost", {reader, reader, {dependency::wr, key}});
  if (initial || writer == reader) return;
  const labelled_edge from_writer{writer, reader, {dependency::wr, key}};
  if (!effective_[writer]) {
    report(phenomenon::g1a, "aborted read", from_writer);
  } else if (!history_.versions[version].final) {
    report(phenomenon::g1b, "intermediate read", from_writer);
  }
}

/// Two transactions that read the same version and replace it lose an update, in whatever order they do.
void dependencies::find_lost_updates() {
  struct rewrite {
    std::uint32_t key;
    std::uint32_t version;
    std::uint32_t by;
  };
  std::vector<rewrite> all;
  for (std::uint32_t t = 0; t < history_.transactions.size(); ++t) {
    if (!effective_[t]) continue;
    for (const compact_step& s : history_.steps_of(t))
      if (s.what == step_kind::write) own_[s.key] = {t, s.version};
    for (const compact_step& s : history_.steps_of(t)) {
      history_.for_each_seen(s, [&](std::uint32_t key, std::uint32_t version) {
        const bool foreign = version == initial_version || history_.versions[version].writer != t;
        if (!foreign || own_[key].writer != t) return;
        const successor next = successors_[slot_of(key, version)];
        const bool unordered = next.is_group && next.id != never &&
                               std::binary_search(groups_[next.id].begin(), groups_[next.id].end(), t);
        if (unordered || !history_.orders[key].known) all.push_back({key, version, t});
      });
    }
  }
  const auto number = [](const rewrite& r) { return std::tuple(r.key, r.version, r.by); };
  std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return number(a) < number(b); });
  for (std::size_t i = 0; i < all.size();) {
    const rewrite& first = all[i];
    std::uint32_t second = never;
    for (; i < all.size() && std::pair(all[i].key, all[i].version) == std::pair(first.key, first.version);
         ++i)
      if (second == never && all[i].by != first.by) second = all[i].by;
    if (second == never) continue;
    lost_update_ = true;
    report(phenomenon::g_single, "lost update", {second, first.by, {dependency::rw, first.key}});
    found_.back().cycle.push_back(describe({first.by, second, {dependency::ww, first.key}}));
  }
}

void dependencies::report(phenomenon what, const char* plain, const labelled_edge& e) {
  found_.push_back({what, false, plain, {describe(e)}});
}

// --- For explanations

edge dependencies::describe(const labelled_edge& e) const {
  const dependency what = e.label.what();
  const bool in_time = what == dependency::session || what == dependency::realtime;
  const auto key = in_time ? std::nullopt : std::optional<key_id>(history_.keys[e.label.key()]);
  return {e.from, what, key, e.label.by_predicate(), e.to};
}

bool dependencies::is_read_only(std::uint32_t transaction) const {
  const auto steps = history_.steps_of(transaction);
  return std::none_of(steps.begin(), steps.end(),
                      [](const compact_step& s) { return s.what == step_kind::write; });
}

std::size_t dependencies::step_of(const labelled_edge& e) const {
  std::size_t found = never;
  derive_read_edges(is_rw(e) ? e.from : e.to, [&](const labelled_edge& derived, std::size_t step) {
    const auto name = [](const labelled_edge& x) {
      return std::tuple(x.from, x.label.what(), x.label.key(), x.label.to_group() ? never : x.to);
    };
    const bool same = derived.label.to_group() == e.label.to_group() && name(derived) == name(e);
    if (found == never && same) found = step;
  });
  return found;
}

}  // namespace heddle::isolation
