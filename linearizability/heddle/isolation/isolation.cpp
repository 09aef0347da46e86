#include <algorithm>
#include <iterator>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <heddle/isolation/dependency_graph.hpp>
#include <heddle/isolation/isolation.hpp>

namespace heddle::isolation {

namespace {

[[noreturn]] void malformed(std::uint32_t transaction, const std::string& why) {
  throw std::invalid_argument("transaction " + std::to_string(transaction) + ' ' + why);
}

struct version {
  key_id key = 0;
  std::uint32_t writer = 0;
  std::size_t event = 0;
  bool final = true;  ///< the writer's last write of the key
};

/// Every version that a history mentions.
class version_index {
 public:
  explicit version_index(std::span<const transaction> history) {
    for (std::uint32_t t = 0; t < history.size(); ++t) index_writes(history[t], t);
    for (std::uint32_t t = 0; t < history.size(); ++t) {
      for (const event& e : history[t].events) expect_known(e, t);
    }
  }

  /// Null for the initial version.
  const version* find(version_id id) const {
    const auto at = versions_.find(id);
    return at == versions_.end() ? nullptr : &at->second;
  }

 private:
  void index_writes(const transaction& t, std::uint32_t index) {
    std::map<key_id, version*> latest;
    for (std::size_t i = 0; i < t.events.size(); ++i) {
      const event& e = t.events[i];
      if (e.what != event::kind::write) continue;
      const auto [at, fresh] = versions_.try_emplace(e.version, version{e.key, index, i});
      if (!fresh || e.version == initial_version) malformed(index, "writes a version that is not new");
      version*& last = latest[e.key];
      if (last != nullptr) last->final = false;
      last = &at->second;
    }
  }

  void expect_known(const event& e, std::uint32_t index) const {
    if (e.what == event::kind::read) expect_known(e.key, e.version, index);
    for (const seen_version& seen : e.predicate.covered) expect_known(seen.key, seen.version, index);
  }

  void expect_known(key_id key, version_id id, std::uint32_t index) const {
    if (id == initial_version) return;
    const version* v = find(id);
    if (v == nullptr || v->key != key)
      malformed(index, "reads a version of key " + std::to_string(key) + " that nobody wrote");
  }

  std::map<version_id, version> versions_;
};

/// Calls f(key, version, event index) for each version that a transaction saw.
template <class F>
void for_each_read(const transaction& t, F&& f) {
  for (std::size_t i = 0; i < t.events.size(); ++i) {
    const event& e = t.events[i];
    if (e.what == event::kind::read) f(e.key, e.version, i);
    for (const seen_version& seen : e.predicate.covered) f(seen.key, seen.version, i);
  }
}

/// Which transactions took effect: the committed ones, and of those with unknown outcome the ones whose
/// writes showed.
std::vector<bool> effective(std::span<const transaction> history, const version_index& versions,
                            const version_orders& orders) {
  std::vector<bool> took_effect(history.size());
  std::vector<std::uint32_t> pending;
  const auto promote = [&](version_id id) {
    const version* v = versions.find(id);
    if (v == nullptr || took_effect[v->writer] || history[v->writer].end != status::unknown) return;
    took_effect[v->writer] = true;
    pending.push_back(v->writer);
  };
  for (std::uint32_t t = 0; t < history.size(); ++t) {
    took_effect[t] = history[t].end == status::committed;
    if (took_effect[t]) pending.push_back(t);
  }
  for (const auto& [key, order] : orders) std::for_each(order.begin(), order.end(), promote);
  while (!pending.empty()) {
    const transaction& t = history[pending.back()];
    pending.pop_back();
    for_each_read(t, [&](key_id, version_id id, std::size_t) { promote(id); });
  }
  return took_effect;
}

std::string key_text(const edge& e) {
  return e.key ? " key " + std::to_string(*e.key) : "";
}

const char* kind_text(dependency d) {
  switch (d) {
    case dependency::ww:
      return "ww";
    case dependency::wr:
      return "wr";
    case dependency::rw:
      return "rw";
    case dependency::realtime:
      return "realtime";
  }
  return "";
}

bool is_rw(const edge& e) {
  return e.what == dependency::rw;
}

std::set<std::uint32_t> participants(const anomaly& a) {
  std::set<std::uint32_t> all;
  for (const edge& e : a.cycle) all.insert({e.from, e.to});
  return all;
}

}  // namespace

/// One run of analyse().
class analysis {
 public:
  analysis(std::span<const transaction> history, const version_orders& orders)
      : history_(history),
        versions_(history),
        effective_(effective(history, versions_, orders)),
        graph_(history.size()),
        strict_(history.size()) {
    install(orders);
    add_dependencies();
    strict_ = graph_;
    add_realtime();
  }

  findings run() {
    find_cycles(graph_, false);
    find_cycles(strict_, true);
    decide_levels();
    keep_minimal();
    return std::move(result_);
  }

 private:
  struct installed {
    version_id id;
    std::uint32_t writer;
  };

  void install(const version_orders& orders) {
    for (const auto& [key, order] : orders) {
      auto& kept = orders_[key];
      for (const version_id id : order) {
        const version* v = versions_.find(id);
        if (v == nullptr || v->key != key) {
          throw std::invalid_argument("the order of key " + std::to_string(key) +
                                      " has a version that nobody wrote");
        }
        if (v->final && effective_[v->writer]) kept.push_back({id, v->writer});
      }
    }
  }

  void add_dependencies() {
    for (const auto& [key, order] : orders_) {
      for (std::size_t i = 1; i < order.size(); ++i) {
        graph_.add({order[i - 1].writer, dependency::ww, key, false, order[i].writer});
      }
    }
    for (std::uint32_t t = 0; t < history_.size(); ++t) {
      if (!effective_[t]) continue;
      for (std::size_t i = 0; i < history_[t].events.size(); ++i) {
        const event& e = history_[t].events[i];
        if (e.what == event::kind::read) add_item_read(t, e.key, e.version, i);
        if (e.what == event::kind::predicate) add_predicate_read(t, e.predicate, i);
      }
    }
    find_lost_updates_without_order();
  }

  void add_realtime() {
    for (std::uint32_t a = 0; a < history_.size(); ++a) {
      for (std::uint32_t b = 0; b < history_.size(); ++b) {
        if (!effective_[a] || !effective_[b] || history_[a].returned >= history_[b].invoked) continue;
        strict_.add({a, dependency::realtime, std::nullopt, false, b});
      }
    }
  }

  /// What holds of a version whatever it was read for. False if it is the transaction's own.
  bool inspect_read(std::uint32_t reader, key_id key, version_id id, std::size_t at) {
    const version* seen = versions_.find(id);
    const version* own = last_own_write(reader, key, at);
    const bool sees_own = seen != nullptr && seen->writer == reader;
    if ((own != nullptr || sees_own) && seen != own) {
      report(phenomenon::internal, "own write lost", {{reader, dependency::wr, key, false, reader}});
    }
    if (seen == nullptr || sees_own) return !sees_own;
    const edge from_writer{seen->writer, dependency::wr, key, false, reader};
    if (!effective_[seen->writer]) {
      report(phenomenon::g1a, "aborted read", {from_writer});
    } else if (!seen->final) {
      report(phenomenon::g1b, "intermediate read", {from_writer});
    }
    return true;
  }

  const version* last_own_write(std::uint32_t t, key_id key, std::size_t before) const {
    const auto& events = history_[t].events;
    for (std::size_t i = before; i-- > 0;) {
      if (events[i].what == event::kind::write && events[i].key == key)
        return versions_.find(events[i].version);
    }
    return nullptr;
  }

  void add_item_read(std::uint32_t reader, key_id key, version_id id, std::size_t at) {
    if (!inspect_read(reader, key, id, at)) return;
    const version* seen = versions_.find(id);
    if (seen != nullptr && effective_[seen->writer])
      add_edge({seen->writer, dependency::wr, key, false, reader}, at);
    const auto order = orders_.find(key);
    if (order == orders_.end()) return;
    const std::ptrdiff_t position = position_of(order->second, id);
    if (position + 1 >= std::ssize(order->second) || (position < 0 && id != initial_version)) return;
    const auto next = static_cast<std::size_t>(position + 1);
    add_edge({reader, dependency::rw, key, false, order->second[next].writer}, at);
  }

  void add_predicate_read(std::uint32_t reader, const predicate_read& read, std::size_t at) {
    const auto matches = [&](version_id id) {
      return std::find(read.matching.begin(), read.matching.end(), id) != read.matching.end();
    };
    for (const seen_version& seen : read.covered) {
      if (matches(seen.version)) {
        add_item_read(reader, seen.key, seen.version, at);
      } else if (inspect_read(reader, seen.key, seen.version, at)) {
        add_absence(reader, seen, matches, at);
      }
    }
  }

  /// The row did not match: that depends on the version that ended its match, and the next one that matches
  /// again depends on this.
  template <class Matches>
  void add_absence(std::uint32_t reader, const seen_version& seen, const Matches& matches, std::size_t at) {
    const version* v = versions_.find(seen.version);
    const auto order = orders_.find(seen.key);
    const std::ptrdiff_t position = order == orders_.end() ? -1 : position_of(order->second, seen.version);
    if (position < 0 && v != nullptr) {
      if (effective_[v->writer]) add_edge({v->writer, dependency::wr, seen.key, true, reader}, at);
      return;
    }
    if (order == orders_.end()) return;
    const std::vector<installed>& versions = order->second;
    std::ptrdiff_t ended = position;
    while (ended > 0 && !matches(versions[static_cast<std::size_t>(ended - 1)].id)) --ended;
    if (ended > 0) {
      add_edge({versions[static_cast<std::size_t>(ended)].writer, dependency::wr, seen.key, true, reader},
               at);
    }
    const auto behind = versions.begin() + position + 1;
    const auto again =
        std::find_if(behind, versions.end(), [&](const installed& i) { return matches(i.id); });
    if (again != versions.end()) add_edge({reader, dependency::rw, seen.key, true, again->writer}, at);
  }

  /// −1 if it is not there, as the initial version.
  static std::ptrdiff_t position_of(const std::vector<installed>& order, version_id id) {
    const auto at = std::find_if(order.begin(), order.end(), [&](const installed& i) { return i.id == id; });
    return at == order.end() ? -1 : at - order.begin();
  }

  void add_edge(const edge& e, std::size_t at) {
    graph_.add(e);
    first_event_.try_emplace({e.from, e.what, e.key.value_or(0), e.to}, at);
  }

  /// Two transactions that read the same version and replace it lose an update, in whatever order they do.
  void find_lost_updates_without_order() {
    std::map<std::pair<key_id, version_id>, std::vector<std::uint32_t>> replaced;
    for (std::uint32_t t = 0; t < history_.size(); ++t) {
      if (!effective_[t]) continue;
      for_each_read(history_[t], [&](key_id key, version_id id, std::size_t) {
        auto& by = replaced[{key, id}];
        const bool writes = last_own_write(t, key, history_[t].events.size()) != nullptr;
        const version* v = versions_.find(id);
        const bool foreign = v == nullptr || v->writer != t;
        if (!orders_.contains(key) && writes && foreign && (by.empty() || by.back() != t)) by.push_back(t);
      });
    }
    for (const auto& [read, by] : replaced) {
      if (by.size() < 2) continue;
      lost_update_ = true;
      const key_id key = read.first;
      report(phenomenon::g_single, "lost update",
             {{by[1], dependency::rw, key, false, by[0]}, {by[0], dependency::ww, key, false, by[1]}});
    }
  }

  void find_cycles(const dependency_graph& whole, bool realtime) {
    const dependency_graph graph = whole.cyclic_part();
    const auto ww = [](const edge& e) { return e.what == dependency::ww; };
    const auto wr = [](const edge& e) { return e.what == dependency::wr; };
    find_cycles(
        graph.only([](const edge& e) { return e.what == dependency::ww || e.what == dependency::realtime; }),
        realtime, ww, [](const edge&, const edge&) { return true; });
    find_cycles(graph.only([](const edge& e) { return !is_rw(e); }), realtime, wr,
                [](const edge&, const edge&) { return true; });
    find_cycles(graph, realtime, is_rw,
                [](const edge& last, const edge& next) { return !is_rw(last) || !is_rw(next); });
    find_write_skews(graph.only([](const edge& e) { return !is_rw(e) || !e.by_predicate; }), realtime);
    find_write_skews(graph, realtime);
  }

  template <class Starts>
  void find_cycles(const dependency_graph& graph, bool realtime, const Starts& starts,
                   const dependency_graph::may_follow& rule) {
    for (std::uint32_t node = 0; node < graph.size(); ++node) {
      for (const edge& first : graph.from(node)) {
        if (starts(first)) report_cycle(graph.shortest_cycle(first, rule), realtime);
      }
    }
  }

  /// Cycles with two adjacent rw edges.
  void find_write_skews(const dependency_graph& graph, bool realtime) {
    for (std::uint32_t node = 0; node < graph.size(); ++node) {
      for (const edge& first : graph.from(node)) {
        if (!is_rw(first)) continue;
        const auto rule = [&](const edge& last, const edge& next) { return !(last == first) || is_rw(next); };
        report_cycle(graph.shortest_cycle(first, rule), realtime);
      }
    }
  }

  void report_cycle(std::vector<edge> cycle, bool realtime) {
    const auto is_realtime = [](const edge& e) { return e.what == dependency::realtime; };
    if (cycle.empty() || std::any_of(cycle.begin(), cycle.end(), is_realtime) != realtime) return;
    std::set<std::uint32_t> nodes;
    const bool simple =
        std::all_of(cycle.begin(), cycle.end(), [&](const edge& e) { return nodes.insert(e.from).second; });
    if (!simple) return;
    const phenomenon what = classify(cycle);
    std::string plain = plain_words(what, cycle);
    report(what, std::move(plain), std::move(cycle), realtime);
  }

  static phenomenon classify(const std::vector<edge>& cycle) {
    const auto count = std::count_if(cycle.begin(), cycle.end(), is_rw);
    if (count == 0) {
      const auto wr = [](const edge& e) { return e.what == dependency::wr; };
      return std::any_of(cycle.begin(), cycle.end(), wr) ? phenomenon::g1c : phenomenon::g0;
    }
    if (count == 1) return phenomenon::g_single;
    bool adjacent = is_rw(cycle.back()) && is_rw(cycle.front());
    bool predicate = false;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      adjacent = adjacent || (i > 0 && is_rw(cycle[i - 1]) && is_rw(cycle[i]));
      predicate = predicate || (is_rw(cycle[i]) && cycle[i].by_predicate);
    }
    if (!adjacent) return phenomenon::g_nonadjacent;
    return predicate ? phenomenon::g2 : phenomenon::g2_item;
  }

  std::string plain_words(phenomenon what, const std::vector<edge>& cycle) const {
    switch (what) {
      case phenomenon::g0:
        return "dirty write";
      case phenomenon::g1c:
        return "circular information flow";
      case phenomenon::g_single:
        return single_words(cycle);
      case phenomenon::g_nonadjacent:
        return "long fork";
      case phenomenon::g2:
        return "phantom";
      default:
        break;
    }
    const auto from_reader = [&](const edge& e) { return is_read_only(e.from) && is_rw(e); };
    return std::any_of(cycle.begin(), cycle.end(), from_reader) ? "read-only transaction anomaly"
                                                                : "write skew";
  }

  std::string single_words(std::vector<edge> cycle) const {
    std::rotate(cycle.begin(), std::find_if(cycle.begin(), cycle.end(), is_rw), cycle.end());
    const edge& stale = cycle.front();
    const edge& back = cycle.back();
    const auto only = [&](dependency d) {
      return std::all_of(cycle.begin() + 1, cycle.end(), [d](const edge& e) { return e.what == d; });
    };
    if (only(dependency::realtime)) return "stale read";
    if (stale.by_predicate) return "phantom";
    if (back.what != dependency::wr) {
      return cycle.size() == 2 && back.key == stale.key ? "lost update" : "write after stale read";
    }
    if (cycle.size() == 2 && back.key == stale.key) return "fuzzy read";
    return event_of(back) <= event_of(stale) ? "fractured read" : "read skew";
  }

  std::size_t event_of(const edge& e) const {
    return first_event_.at({e.from, e.what, e.key.value_or(0), e.to});
  }

  bool is_read_only(std::uint32_t t) const {
    const auto& events = history_[t].events;
    return std::none_of(events.begin(), events.end(),
                        [](const event& e) { return e.what == event::kind::write; });
  }

  void report(phenomenon what, std::string plain, std::vector<edge> cycle, bool realtime = false) {
    result_.anomalies_.push_back({what, realtime, std::move(plain), std::move(cycle)});
  }

  /// Drops an anomaly where one at least as grave was found among the same transactions or some of them.
  void keep_minimal() {
    using nodes = std::set<std::uint32_t>;
    std::vector<std::pair<nodes, anomaly>> found;
    for (anomaly& a : result_.anomalies_) found.emplace_back(participants(a), std::move(a));
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.second.realtime, a.second.what, a.first.size(), a.first) <
             std::tuple(b.second.realtime, b.second.what, b.first.size(), b.first);
    });
    std::vector<std::pair<nodes, anomaly>> kept;
    for (auto& [who, a] : found) {
      const bool covered =
          std::any_of(kept.begin(), kept.end(), [&, &all = who, &self = a](const auto& other) {
            const auto& [fewer, known] = other;
            const bool other_words =
                known.what == self.what && known.realtime == self.realtime && known.plain != self.plain;
            return std::includes(all.begin(), all.end(), fewer.begin(), fewer.end()) &&
                   !(fewer == all && other_words);
          });
      if (!covered) kept.emplace_back(std::move(who), std::move(a));
    }
    result_.anomalies_.clear();
    for (auto& [who, a] : kept) result_.anomalies_.push_back(std::move(a));
  }

  void decide_levels() {
    const auto set = [&](level l, bool holds) { result_.satisfied_[static_cast<std::size_t>(l)] = holds; };
    const auto unclean = [](const anomaly& a) {
      return a.what == phenomenon::internal || a.what == phenomenon::g1a || a.what == phenomenon::g1b;
    };
    const bool clean = std::none_of(result_.anomalies_.begin(), result_.anomalies_.end(), unclean);
    const bool kept = clean && !lost_update_;
    const auto item = [](const edge& e) { return !is_rw(e) || !e.by_predicate; };
    set(level::read_committed, clean && graph_.only([](const edge& e) { return !is_rw(e); }).acyclic());
    set(level::repeatable_read, kept && graph_.only(item).acyclic());
    set(level::snapshot_isolation, kept && snapshot_order(graph_).acyclic());
    set(level::strong_snapshot_isolation, kept && snapshot_order(strict_).acyclic());
    set(level::serializable, kept && graph_.acyclic());
    set(level::strict_serializable, kept && strict_.acyclic());
  }

  /// Cerone & Gotsman: snapshot isolation holds if (ww ∪ wr ∪ realtime) ; rw? has no cycle.
  static dependency_graph snapshot_order(const dependency_graph& graph) {
    dependency_graph result(graph.size());
    for (std::uint32_t node = 0; node < graph.size(); ++node) {
      for (const edge& e : graph.from(node)) {
        if (is_rw(e)) continue;
        result.add(e);
        for (const edge& then : graph.from(e.to)) {
          if (is_rw(then) && then.to == node) return self_dependent();
          if (is_rw(then)) result.add({node, e.what, e.key, e.by_predicate, then.to});
        }
      }
    }
    return result;
  }

  static dependency_graph self_dependent() {
    dependency_graph result(2);
    result.add({0, dependency::ww, std::nullopt, false, 1});
    result.add({1, dependency::ww, std::nullopt, false, 0});
    return result;
  }

  std::span<const transaction> history_;
  version_index versions_;
  std::vector<bool> effective_;
  std::map<key_id, std::vector<installed>> orders_;
  dependency_graph graph_;   ///< ww, wr and rw
  dependency_graph strict_;  ///< and real time
  std::map<std::tuple<std::uint32_t, dependency, key_id, std::uint32_t>, std::size_t>
      first_event_;           ///< of a read's edges
  bool lost_update_ = false;  ///< on a key without a version order
  findings result_;
};

std::vector<level> findings::strongest() const {
  static constexpr std::pair<level, level> implications[] = {
      {level::strict_serializable, level::serializable},
      {level::strict_serializable, level::strong_snapshot_isolation},
      {level::serializable, level::repeatable_read},
      {level::serializable, level::snapshot_isolation},
      {level::strong_snapshot_isolation, level::snapshot_isolation},
      {level::repeatable_read, level::read_committed},
      {level::snapshot_isolation, level::read_committed},
  };
  std::vector<level> result;
  for (std::size_t i = 0; i < std::size(satisfied_); ++i) {
    const auto l = static_cast<level>(i);
    const auto exceeded = [&](const auto& implied) {
      return implied.second == l && satisfies(implied.first);
    };
    if (satisfies(l) && std::none_of(std::begin(implications), std::end(implications), exceeded))
      result.push_back(l);
  }
  return result;
}

std::string name(const anomaly& a) {
  static constexpr const char* names[] = {"internal",      "G0",      "G1a", "G1b", "G1c", "G-single",
                                          "G-nonadjacent", "G2-item", "G2"};
  return std::string(names[static_cast<std::size_t>(a.what)]) + (a.realtime ? "-realtime" : "");
}

std::string to_text(const anomaly& a) {
  std::string text = name(a) + " (" + a.plain + "): T" + std::to_string(a.cycle.front().from);
  for (const edge& e : a.cycle) {
    text += std::string(" -") + kind_text(e.what) + (e.by_predicate ? " predicate" : "") + key_text(e) +
            "-> T" + std::to_string(e.to);
  }
  return text;
}

version_orders infer_version_orders(std::span<const transaction> history) {
  const version_index versions(history);
  const std::vector<bool> took_effect = effective(history, versions, {});
  std::map<key_id, std::map<version_id, std::vector<version_id>>> replaced_by;
  std::map<key_id, std::size_t> count;
  for (std::uint32_t t = 0; t < history.size(); ++t) {
    if (!took_effect[t]) continue;
    std::map<key_id, version_id> seen;
    for (const event& e : history[t].events) {
      const version* v = versions.find(e.version);
      if (e.what == event::kind::read && (v == nullptr || v->writer != t)) seen[e.key] = e.version;
      if (e.what != event::kind::write || !v->final) continue;
      ++count[e.key];
      if (const auto before = seen.find(e.key); before != seen.end()) {
        replaced_by[e.key][before->second].push_back(e.version);
      }
    }
  }
  version_orders orders;
  for (const auto& [key, size] : count) {
    std::vector<version_id> order;
    const auto& next = replaced_by[key];
    auto at = next.find(initial_version);
    while (at != next.end() && at->second.size() == 1 && order.size() < size) {
      order.push_back(at->second.front());
      at = next.find(order.back());
    }
    if (order.size() == size && at == next.end()) orders[key] = order;
  }
  return orders;
}

findings analyse(std::span<const transaction> history, const version_orders& orders) {
  return analysis(history, orders).run();
}

}  // namespace heddle::isolation
