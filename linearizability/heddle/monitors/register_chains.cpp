#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/register_chains.hpp>

namespace heddle::monitors {

namespace {

/// How an operation has to do with a value.
enum class role : std::uint8_t {
  writer,
  reader,          ///< or replaced it by itself
  replacer,        ///< a compare-and-set that replaced it by another value
  maybe_replacer,  ///< one of unknown outcome
  refused,         ///< one that did not find it
};

struct mention {
  std::int64_t value;
  std::uint32_t operation;
  role as;
};

/// Where the mentions of one value begin, those of role `r` being [at[r], at[r + 1]).
struct value_group {
  std::size_t at[6];

  std::size_t first(role r) const { return at[static_cast<std::size_t>(r)]; }
  std::size_t last(role r) const { return at[static_cast<std::size_t>(r) + 1]; }
  std::size_t count(role r) const { return last(r) - first(r); }
  bool seen() const { return count(role::reader) + count(role::replacer) > 0; }
};

class forming {
 public:
  forming(std::span<const operation> history, const options& how, register_chains& chains)
      : history_(history),
        how_(how),
        chains_(chains),
        effective_(history.size()),
        version_by_writer_(history.size(), none) {}

  std::optional<verdict> form() {
    gather();
    if (auto found = settle_all()) return found;
    make_versions();
    if (auto found = link_versions()) return found;
    if (auto found = lay_out()) return found;
    match_refusals();
    return std::nullopt;
  }

 private:
  void gather() {
    mentions_.reserve(history_.size());
    for (std::uint32_t i = 0; i < history_.size(); ++i) {
      const operation& o = history_[i];
      effective_[i] = !o.open();
      if (o.what == method::read) {
        if (!o.open()) mentions_.push_back({o.result, i, role::reader});
      } else if (o.what == method::write) {
        mentions_.push_back({o.argument, i, role::writer});
      } else {
        gather_compare_and_set(i);
      }
    }
    std::sort(mentions_.begin(), mentions_.end(), [&](const mention& a, const mention& b) {
      return std::tuple(a.value, a.as, history_[a.operation].invoked, a.operation) <
             std::tuple(b.value, b.as, history_[b.operation].invoked, b.operation);
    });
    for (std::size_t at = 0; at < mentions_.size();) {
      const std::int64_t value = mentions_[at].value;
      value_group g{};
      for (std::size_t r = 0; r < 6; ++r) {
        g.at[r] = at;
        while (at < mentions_.size() && mentions_[at].value == value && mentions_[at].as == role(r)) ++at;
      }
      groups_.push_back(g);
    }
  }

  void gather_compare_and_set(std::uint32_t i) {
    const operation& o = history_[i];
    const bool changes = o.argument != o.expected;
    if (!o.open() && !o.success) {
      mentions_.push_back({o.expected, i, role::refused});
    } else if (changes) {
      mentions_.push_back({o.argument, i, role::writer});
      mentions_.push_back({o.expected, i, o.open() ? role::maybe_replacer : role::replacer});
    } else if (!o.open()) {
      mentions_.push_back({o.expected, i, role::reader});
    }
  }

  std::int64_t value_of(const value_group& g) const { return mentions_[g.at[0]].value; }

  /// Precondition: the value is mentioned.
  const value_group& group_of(std::int64_t value) const {
    return *std::partition_point(groups_.begin(), groups_.end(),
                                 [&](const value_group& g) { return value_of(g) < value; });
  }

  /// Values that were seen must have one writer. An open one then took effect.
  std::optional<verdict> settle_all() {
    std::optional<verdict> ambiguous;
    for (const value_group& g : groups_) {
      if (!g.seen()) continue;
      auto found = settle(g, mentions_[g.first(role::reader)].operation);
      if (found && found->result == outcome::violation) return found;
      if (found) ambiguous = std::move(found);
    }
    return ambiguous;
  }

  /// If the writer is an open compare-and-set, what it replaced was seen too, and so on.
  std::optional<verdict> settle(value_group g, std::uint32_t seer) {
    std::vector<std::uint32_t> seers;
    for (;;) {
      seers.push_back(seer);
      const bool initially = value_of(g) == how_.initial;
      const std::size_t writers = g.count(role::writer) + (initially ? 1 : 0);
      const std::string value = named(value_of(g), how_);
      if (writers == 0) return violation(std::move(seers), true, value + " was seen but never written");
      if (writers > 1) return not_applicable(value + " was written more than once");
      if (initially) return std::nullopt;
      const std::uint32_t writer = mentions_[g.first(role::writer)].operation;
      if (effective_[writer]) return std::nullopt;
      effective_[writer] = true;
      chains_.seen_by.emplace(writer, seer);
      seer = writer;
      if (history_[seer].what == method::write) return std::nullopt;
      g = group_of(history_[seer].expected);
    }
  }

  void make_versions() {
    chains_.versions.push_back({.value = how_.initial});
    for (const value_group& g : groups_) {
      for (std::size_t m = g.first(role::writer); m < g.last(role::writer); ++m) {
        const std::uint32_t writer = mentions_[m].operation;
        if (!effective_[writer]) {
          chains_.unseen.push_back(writer);
          if (history_[writer].what == method::write && g.count(role::refused) == 0)
            chains_.spare.push_back(writer);
          continue;
        }
        version_by_writer_[writer] = static_cast<std::uint32_t>(chains_.versions.size());
        chains_.versions.push_back({.value = value_of(g), .writer = writer});
      }
    }
  }

  /// Of a value that was seen.
  std::uint32_t version_of(std::int64_t value) const {
    if (value == how_.initial) return 0;
    return version_by_writer_[mentions_[group_of(value).first(role::writer)].operation];
  }

  std::optional<verdict> link_versions() {
    for (std::uint32_t v = 1; v < chains_.versions.size(); ++v) {
      version& one = chains_.versions[v];
      if (history_[one.writer].what == method::write) continue;
      one.replaced = version_of(history_[one.writer].expected);
      version& before = chains_.versions[one.replaced];
      if (before.next != never) {
        std::vector<std::uint32_t> operations{before.writer, one.writer,
                                              chains_.versions[before.next].writer};
        add_seers(chains_, operations);
        return violation(
            std::move(operations), before.replaced == never,
            "two compare-and-sets replaced " + named(before.value, how_) + ", which was written once");
      }
      before.next = v;
    }
    return std::nullopt;
  }

  std::optional<verdict> lay_out() {
    chains_.steps.reserve(history_.size() + 1);
    std::size_t laid_out = 0;
    for (std::uint32_t v = 0; v < chains_.versions.size(); ++v) {
      if (chains_.versions[v].replaced != never) continue;
      chains_.starts.push_back(static_cast<std::uint32_t>(chains_.steps.size()));
      for (std::uint32_t w = v; w != never; w = chains_.versions[w].next, ++laid_out) lay_out_version(w);
    }
    chains_.starts.push_back(static_cast<std::uint32_t>(chains_.steps.size()));
    return laid_out == chains_.versions.size() ? std::nullopt : std::optional(circle());
  }

  void lay_out_version(std::uint32_t v) {
    version& one = chains_.versions[v];
    one.write_at = static_cast<std::uint32_t>(chains_.steps.size());
    chains_.steps.push_back({one.writer, v});
    if (const value_group* g = readers_of(one)) {
      for (std::size_t m = g->first(role::reader); m < g->last(role::reader); ++m)
        chains_.steps.push_back({mentions_[m].operation, v});
    }
    one.end_at = static_cast<std::uint32_t>(chains_.steps.size());
  }

  const value_group* readers_of(const version& one) const {
    const auto g = std::partition_point(groups_.begin(), groups_.end(), [&](const value_group& other) {
      return value_of(other) < one.value;
    });
    return g != groups_.end() && value_of(*g) == one.value ? &*g : nullptr;
  }

  /// Versions of which each replaced another of them: no chain starts there.
  verdict circle() const {
    std::uint32_t v = 0;
    while (chains_.versions[v].replaced == never || chains_.versions[v].end_at != 0) ++v;
    std::vector<std::uint32_t> operations;
    std::vector<std::int64_t> values;
    for (std::uint32_t w = v; operations.empty() || w != v; w = chains_.versions[w].next) {
      operations.push_back(chains_.versions[w].writer);
      values.push_back(chains_.versions[w].value);
    }
    add_seers(chains_, operations);
    return violation(
        std::move(operations), true,
        "each of " + listed(values, how_) + " was only ever put in the place of another of them");
  }

  void match_refusals() {
    for (const value_group& g : groups_) {
      if (g.count(role::refused) == 0) continue;
      std::vector<std::uint32_t> held;
      if (value_of(g) == how_.initial) held.push_back(0);
      for (std::size_t m = g.first(role::writer); m < g.last(role::writer); ++m) {
        const std::uint32_t v = version_by_writer_[mentions_[m].operation];
        if (v != none) held.push_back(v);
      }
      if (held.size() > 1) chains_.ambiguous_refusal = value_of(g);
      if (held.size() != 1) continue;
      for (std::size_t m = g.first(role::refused); m < g.last(role::refused); ++m)
        chains_.refusals.push_back({mentions_[m].operation, held[0]});
    }
  }

  std::span<const operation> history_;
  const options& how_;
  register_chains& chains_;
  std::vector<mention> mentions_;  ///< by value, role, invocation
  std::vector<value_group> groups_;
  std::vector<bool> effective_;
  std::vector<std::uint32_t> version_by_writer_;
};

}  // namespace

void add_seers(const register_chains& chains, std::vector<std::uint32_t>& operations) {
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto seer = chains.seen_by.find(operations[i]);
    if (seer != chains.seen_by.end()) operations.push_back(seer->second);
  }
}

bool add_links(const register_chains& chains, place p, place q, std::vector<std::uint32_t>& operations) {
  if (p > q) std::swap(p, q);
  operations.push_back(chains.steps[p].operation);
  operations.push_back(chains.steps[q].operation);
  const std::uint32_t first = chains.steps[p].version;
  const std::uint32_t last = chains.steps[q].version;
  for (std::uint32_t v = first; v != never; v = v == last ? never : chains.versions[v].next)
    operations.push_back(chains.versions[v].writer);
  add_seers(chains, operations);
  return chains.versions[first].replaced == never;
}

timed_chains::timed_chains(const register_chains& all, const timeline& when)
    : of(all), time(when), latest_begin(all.steps.size()), earliest_end(all.steps.size()) {
  for (std::size_t c = 0; c + 1 < of.starts.size(); ++c) {
    const place first = of.starts[c];
    const place last = of.starts[c + 1];
    latest_begin[first] = first;
    for (place p = first + 1; p < last; ++p)
      latest_begin[p] = begin(p) > begin(latest_begin[p - 1]) ? p : latest_begin[p - 1];
    earliest_end[last - 1] = last - 1;
    for (place p = last - 1; p-- > first;)
      earliest_end[p] = end(p) < end(earliest_end[p + 1]) ? p : earliest_end[p + 1];
    chains.push_back({earliest_end[first], latest_begin[last - 1], first, last});
  }
}

std::optional<verdict> form_chains(std::span<const operation> history, const options& how,
                                   register_chains& chains) {
  return forming(history, how, chains).form();
}

}  // namespace heddle::monitors
