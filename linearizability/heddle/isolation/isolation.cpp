#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <heddle/isolation/compact_history.hpp>
#include <heddle/isolation/isolation.hpp>

namespace heddle::isolation {

namespace {

[[noreturn]] void malformed(std::uint32_t transaction, const std::string& why) {
  throw std::invalid_argument("transaction " + std::to_string(transaction) + ' ' + why);
}

/// Numbers the keys and versions of a history, and refuses what nobody wrote.
class compaction {
 public:
  compaction(std::span<const transaction> history, const version_orders& orders) : history_(history) {
    number_keys(orders);
    number_versions();
    for (std::uint32_t t = 0; t < history.size(); ++t) add_transaction(t);
    result_.orders.resize(result_.keys.size());
    for (const auto& [key, order] : orders) add_order(key, order);
  }

  compact_history take() { return std::move(result_); }
  version_id name_of(std::uint32_t version) const { return names_[version]; }

 private:
  void number_keys(const version_orders& orders) {
    auto& keys = result_.keys;
    for (const transaction& t : history_) {
      for (const event& e : t.events) {
        if (e.what != event::kind::predicate) keys.push_back(e.key);
        for (const seen_version& seen : e.predicate.covered) keys.push_back(seen.key);
      }
    }
    for (const auto& [key, order] : orders) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  }

  std::uint32_t number_of(key_id key) const {
    const auto& keys = result_.keys;
    return static_cast<std::uint32_t>(std::lower_bound(keys.begin(), keys.end(), key) - keys.begin());
  }

  void number_versions() {
    for (std::uint32_t t = 0; t < history_.size(); ++t) {
      std::unordered_map<key_id, std::uint32_t> latest;
      for (const event& e : history_[t].events) {
        if (e.what != event::kind::write) continue;
        const auto number = static_cast<std::uint32_t>(names_.size());
        if (!numbers_.try_emplace(e.version, number).second || e.version == initial_version)
          malformed(t, "writes a version that is not new");
        names_.push_back(e.version);
        result_.versions.push_back({number_of(e.key), t});
        const auto [last, first_of_key] = latest.try_emplace(e.key, number);
        if (!first_of_key) result_.versions[std::exchange(last->second, number)].final = false;
      }
    }
  }

  void add_transaction(std::uint32_t t) {
    const transaction& x = history_[t];
    result_.transactions.push_back(
        {x.process, x.invoked, x.returned, static_cast<std::uint32_t>(result_.steps.size()), x.end});
    for (const event& e : x.events) {
      if (e.what == event::kind::read) {
        result_.steps.push_back({compact_step::kind::read, number_of(e.key), seen(e.key, e.version, t)});
      } else if (e.what == event::kind::write) {
        result_.steps.push_back({compact_step::kind::write, number_of(e.key), numbers_.at(e.version)});
      } else {
        add_predicate(e.predicate, t);
      }
    }
  }

  void add_predicate(const predicate_read& read, std::uint32_t t) {
    compact_predicate p;
    for (const seen_version& s : read.covered)
      p.covered.push_back({number_of(s.key), seen(s.key, s.version, t)});
    for (const version_id v : read.matching) {
      const auto at = numbers_.find(v);
      if (at != numbers_.end()) p.matching.push_back(at->second);
    }
    std::sort(p.matching.begin(), p.matching.end());
    result_.steps.push_back(
        {compact_step::kind::predicate, 0, static_cast<std::uint32_t>(result_.predicates.size())});
    result_.predicates.push_back(std::move(p));
  }

  std::uint32_t seen(key_id key, version_id id, std::uint32_t reader) const {
    if (id == initial_version) return initial_version;
    const auto at = numbers_.find(id);
    if (at == numbers_.end() || result_.versions[at->second].key != number_of(key))
      malformed(reader, "reads a version of key " + std::to_string(key) + " that nobody wrote");
    return at->second;
  }

  void add_order(key_id key, const std::vector<version_id>& order) {
    compact_order& known = result_.orders[number_of(key)];
    known.known = true;
    for (const version_id id : order) {
      const auto at = numbers_.find(id);
      if (at == numbers_.end() || result_.versions[at->second].key != number_of(key)) {
        throw std::invalid_argument("the order of key " + std::to_string(key) +
                                    " has a version that nobody wrote");
      }
      known.ordered.push_back(at->second);
    }
  }

  std::span<const transaction> history_;
  compact_history result_;
  std::unordered_map<version_id, std::uint32_t> numbers_;
  std::vector<version_id> names_;
};

std::string key_text(const edge& e) {
  return e.key ? " key " + std::to_string(*e.key) : "";
}

const char* kind_text(dependency d) {
  static constexpr const char* names[] = {"ww", "wr", "rw", "session", "realtime"};
  return names[static_cast<std::size_t>(d)];
}

}  // namespace

std::vector<level> findings::strongest() const {
  static constexpr std::pair<level, level> implications[] = {
      {level::strict_serializable, level::serializable},
      {level::strict_serializable, level::strong_session_serializable},
      {level::strict_serializable, level::strong_snapshot_isolation},
      {level::strong_session_serializable, level::serializable},
      {level::strong_session_serializable, level::strong_session_snapshot_isolation},
      {level::serializable, level::repeatable_read},
      {level::serializable, level::snapshot_isolation},
      {level::strong_snapshot_isolation, level::strong_session_snapshot_isolation},
      {level::strong_snapshot_isolation, level::snapshot_isolation},
      {level::strong_session_snapshot_isolation, level::snapshot_isolation},
      {level::repeatable_read, level::read_committed},
      {level::snapshot_isolation, level::read_committed},
  };
  std::vector<level> result;
  for (std::size_t i = 0; i < level_count; ++i) {
    const auto l = static_cast<level>(i);
    const auto exceeded = [&](const auto& implied) {
      return implied.second == l && satisfies(implied.first);
    };
    if (satisfies(l) && std::none_of(std::begin(implications), std::end(implications), exceeded))
      result.push_back(l);
  }
  return result;
}

std::string name(level l) {
  static constexpr const char* names[level_count] = {"read committed",
                                                     "repeatable read",
                                                     "snapshot isolation",
                                                     "strong session snapshot isolation",
                                                     "strong snapshot isolation",
                                                     "serializable",
                                                     "strong session serializable",
                                                     "strict serializable"};
  return names[static_cast<std::size_t>(l)];
}

std::string name(const anomaly& a) {
  static constexpr const char* names[] = {
      "garbage read", "duplicate elements", "incompatible order", "internal", "G0", "G1a", "G1b",
      "G1c",          "G-single",           "G-nonadjacent",      "G2-item",  "G2"};
  return std::string(names[static_cast<std::size_t>(a.what)]) + (a.session ? "-session" : "") +
         (a.realtime ? "-realtime" : "");
}

std::string to_text(const anomaly& a) {
  std::string text = name(a) + " (" + a.plain + "): ";
  if (!a.detail.empty()) return text + a.detail;
  text += "T" + std::to_string(a.cycle.front().from);
  for (const edge& e : a.cycle) {
    text += std::string(" -") + kind_text(e.what) + (e.by_predicate ? " predicate" : "") + key_text(e) +
            "-> T" + std::to_string(e.to);
  }
  return text;
}

version_orders infer_version_orders(std::span<const transaction> history) {
  compaction compacted(history, {});
  const compact_history h = compacted.take();
  const std::vector<bool> effective = effective_transactions(h);
  std::vector<std::size_t> count(h.keys.size());
  for (const compact_version& v : h.versions)
    if (effective[v.writer] && v.final) ++count[v.key];
  std::vector<std::map<std::uint32_t, std::vector<std::uint32_t>>> next(h.keys.size());
  for (const replacement& r : replacements(h, effective)) next[r.key][r.before].push_back(r.after);
  version_orders orders;
  for (std::size_t key = 0; key < h.keys.size(); ++key) {
    std::vector<version_id> order;
    auto at = next[key].find(initial_version);
    while (at != next[key].end() && at->second.size() == 1 && order.size() < count[key]) {
      order.push_back(compacted.name_of(at->second.front()));
      at = next[key].find(at->second.front());
    }
    if (count[key] > 0 && order.size() == count[key] && at == next[key].end())
      orders[h.keys[key]] = std::move(order);
  }
  return orders;
}

findings analyse(std::span<const transaction> history, const version_orders& orders,
                 const analysis_options& options) {
  return analyse(compaction(history, orders).take(), options);
}

}  // namespace heddle::isolation
