// The analysis of isolation against Adya's definitions, executed: every dependency from its definition, every
// simple cycle enumerated. Small random histories; the fast analysis has neither of the two.
#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include <heddle/isolation/isolation.hpp>

#include "random_transactions.hpp"

namespace heddle::test {
namespace {

using namespace isolation;

/// All dependencies of a history, straight from the definitions.
class naive_graph {
 public:
  naive_graph(const random_history& h, bool sessions, bool realtime) : h_(h) {
    for (const auto& [key, order] : h.orders) {
      for (const version_id v : order)
        if (is_final(v) && committed(writer_of(v))) installed_[key].push_back(v);
      for (std::size_t i = 1; i < installed_[key].size(); ++i)
        add(writer_of(installed_[key][i - 1]), dependency::ww, false, writer_of(installed_[key][i]));
    }
    for (std::uint32_t t = 0; t < h.transactions.size(); ++t) {
      if (!committed(t)) continue;
      for (const event& e : h.transactions[t].events) {
        if (e.what == event::kind::read) add_item(t, e.key, e.version);
        for (const seen_version& seen : e.predicate.covered) add_row(t, seen.key, seen.version);
      }
      for (std::uint32_t u = 0; u < h.transactions.size(); ++u) {
        const transaction& a = h.transactions[t];
        const transaction& b = h.transactions[u];
        if (!committed(u) || a.returned >= b.invoked) continue;
        if (realtime) add(t, dependency::realtime, false, u);
        if (sessions && a.process == b.process) add(t, dependency::session, false, u);
      }
    }
  }

  /// Calls f(cycle) for every simple cycle, once from each of its edges.
  void for_each_cycle(const std::function<void(const std::vector<edge>&)>& f) const {
    std::vector<edge> path;
    for (std::uint32_t t = 0; t < h_.transactions.size(); ++t) extend(t, t, path, f);
  }

  bool has(const edge& wanted) const {
    return std::any_of(edges_.begin(), edges_.end(), [&](const edge& e) {
      return e.from == wanted.from && e.to == wanted.to && e.what == wanted.what &&
             e.by_predicate == wanted.by_predicate;
    });
  }

 private:
  bool committed(std::uint32_t t) const { return h_.transactions[t].end == status::committed; }

  std::uint32_t writer_of(version_id v) const {
    for (std::uint32_t t = 0; t < h_.transactions.size(); ++t)
      for (const event& e : h_.transactions[t].events)
        if (e.what == event::kind::write && e.version == v) return t;
    return never;
  }

  bool is_final(version_id v) const {
    version_id last = never;
    key_id key = 0;
    for (const event& e : h_.transactions[writer_of(v)].events)
      if (e.what == event::kind::write && e.version == v) key = e.key;
    for (const event& e : h_.transactions[writer_of(v)].events)
      if (e.what == event::kind::write && e.key == key) last = e.version;
    return last == v;
  }

  std::vector<version_id> after(key_id key, version_id v) const {
    const auto order = installed_.find(key);
    if (order == installed_.end()) return {};
    const auto& all = order->second;
    if (v == initial_version) return all;
    const auto at = std::find(all.begin(), all.end(), v);
    return at == all.end() ? std::vector<version_id>{} : std::vector<version_id>(at + 1, all.end());
  }

  void add_item(std::uint32_t reader, key_id key, version_id v) {
    if (v != initial_version && writer_of(v) == reader) return;
    if (v != initial_version && committed(writer_of(v))) add(writer_of(v), dependency::wr, false, reader);
    const auto later = after(key, v);
    if (!later.empty()) add(reader, dependency::rw, false, writer_of(later.front()));
  }

  void add_row(std::uint32_t reader, key_id key, version_id v) {
    if (is_row(v)) return add_item(reader, key, v);
    if (v != initial_version && writer_of(v) == reader) return;
    for (const version_id next : after(key, v)) {
      if (!is_row(next)) continue;
      add(reader, dependency::rw, true, writer_of(next));
      break;
    }
    if (v == initial_version) return;
    const auto& all = installed_[key];
    auto at = std::find(all.begin(), all.end(), v);
    if (at == all.end()) {
      if (committed(writer_of(v))) add(writer_of(v), dependency::wr, true, reader);
      return;
    }
    for (; at != all.begin(); --at)
      if (is_row(*(at - 1))) return add(writer_of(*at), dependency::wr, true, reader);
  }

  void add(std::uint32_t from, dependency what, bool by_predicate, std::uint32_t to) {
    if (from != to) edges_.push_back({from, what, std::nullopt, by_predicate, to});
  }

  void extend(std::uint32_t start, std::uint32_t at, std::vector<edge>& path,
              const std::function<void(const std::vector<edge>&)>& f) const {
    for (const edge& e : edges_) {
      if (e.from != at) continue;
      const bool met = std::any_of(path.begin(), path.end(), [&](const edge& p) { return p.from == e.to; });
      if (met && e.to != start) continue;
      path.push_back(e);
      if (e.to == start) {
        f(path);
      } else {
        extend(start, e.to, path, f);
      }
      path.pop_back();
    }
  }

  const random_history& h_;
  std::map<key_id, std::vector<version_id>> installed_;
  std::vector<edge> edges_;
};

phenomenon phenomenon_of(const std::vector<edge>& cycle) {
  const auto rw = [](const edge& e) { return e.what == dependency::rw; };
  const auto wr = [](const edge& e) { return e.what == dependency::wr; };
  const auto count = std::count_if(cycle.begin(), cycle.end(), rw);
  if (count == 0) return std::any_of(cycle.begin(), cycle.end(), wr) ? phenomenon::g1c : phenomenon::g0;
  if (count == 1) return phenomenon::g_single;
  bool adjacent = rw(cycle.front()) && rw(cycle.back());
  for (std::size_t i = 1; i < cycle.size(); ++i) adjacent = adjacent || (rw(cycle[i - 1]) && rw(cycle[i]));
  const auto by_predicate = [&](const edge& e) { return rw(e) && e.by_predicate; };
  if (!adjacent) return phenomenon::g_nonadjacent;
  return std::any_of(cycle.begin(), cycle.end(), by_predicate) ? phenomenon::g2 : phenomenon::g2_item;
}

std::set<std::uint32_t> nodes_of(const std::vector<edge>& cycle) {
  std::set<std::uint32_t> nodes;
  for (const edge& e : cycle) nodes.insert({e.from, e.to});
  return nodes;
}

bool has(const std::vector<edge>& cycle, dependency d) {
  return std::any_of(cycle.begin(), cycle.end(), [&](const edge& e) { return e.what == d; });
}

bool is_cycle_kind(const anomaly& a) {
  return a.what >= phenomenon::g0 && a.what != phenomenon::g1a && a.what != phenomenon::g1b;
}

/// Which levels the cycles of a graph rule out.
struct ruled_out {
  bool read_committed = false;
  bool repeatable_read = false;
  bool snapshot = false;
  bool serial = false;
};

ruled_out rule_out(const naive_graph& g) {
  ruled_out r;
  g.for_each_cycle([&](const std::vector<edge>& cycle) {
    const phenomenon p = phenomenon_of(cycle);
    const auto by_predicate = [](const edge& e) { return e.what == dependency::rw && e.by_predicate; };
    r.serial = true;
    r.read_committed = r.read_committed || p == phenomenon::g0 || p == phenomenon::g1c;
    r.snapshot = r.snapshot || p <= phenomenon::g_nonadjacent;
    r.repeatable_read = r.repeatable_read || std::none_of(cycle.begin(), cycle.end(), by_predicate);
  });
  return r;
}

TEST_CASE("every level agrees with the cycles that it forbids, enumerated") {
  std::map<level, std::map<bool, int>> counts;
  for (std::uint32_t seed = 0; seed < 8000; ++seed) {
    INFO("seed " << seed);
    transaction_generator generator(seed, seed % 3 == 0);
    const random_history h = generator.generate(2 + generator.below(4));
    const findings f = analyse(h.transactions, h.orders, {.sessions = true});
    const bool clean = std::none_of(f.anomalies().begin(), f.anomalies().end(), [](const anomaly& a) {
      return a.what <= phenomenon::g1b && !is_cycle_kind(a);
    });
    const ruled_out bare = rule_out(naive_graph(h, false, false));
    const ruled_out session = rule_out(naive_graph(h, true, false));
    const ruled_out realtime = rule_out(naive_graph(h, false, true));
    const std::map<level, bool> expected = {
        {level::read_committed, clean && !bare.read_committed},
        {level::repeatable_read, clean && !bare.repeatable_read},
        {level::snapshot_isolation, clean && !bare.snapshot},
        {level::strong_session_snapshot_isolation, clean && !session.snapshot},
        {level::strong_snapshot_isolation, clean && !realtime.snapshot},
        {level::serializable, clean && !bare.serial},
        {level::strong_session_serializable, clean && !session.serial},
        {level::strict_serializable, clean && !realtime.serial}};
    for (const auto& [l, holds] : expected) {
      CAPTURE(name(l));
      REQUIRE(f.satisfies(l) == holds);
      ++counts[l][holds];
    }
  }
  for (auto& [l, by_verdict] : counts) {
    INFO(name(l) << ": " << by_verdict[true] << " hold, " << by_verdict[false] << " do not");
    CHECK(by_verdict[true] >= 1000);
    CHECK(by_verdict[false] >= 500);
  }
}

/// Everything reported is there, and no cycle goes without a report that is at least as grave and concerns
/// one of its transactions.
TEST_CASE("reported anomalies are real, and no cycle goes unreported") {
  std::map<std::string, int> named;
  for (std::uint32_t seed = 20'000; seed < 28'000; ++seed) {
    INFO("seed " << seed);
    transaction_generator generator(seed, seed % 3 == 0);
    const random_history h = generator.generate(3 + generator.below(3));
    const findings f = analyse(h.transactions, h.orders, {.sessions = true});
    REQUIRE(f.complete());
    const naive_graph everything(h, true, true);
    for (const anomaly& a : f.anomalies()) {
      ++named[name(a)];
      if (!is_cycle_kind(a)) continue;
      CAPTURE(to_text(a));
      REQUIRE(phenomenon_of(a.cycle) == a.what);
      REQUIRE(nodes_of(a.cycle).size() == a.cycle.size());
      REQUIRE(has(a.cycle, dependency::session) == a.session);
      REQUIRE(has(a.cycle, dependency::realtime) == a.realtime);
      for (std::size_t i = 0; i < a.cycle.size(); ++i) {
        REQUIRE(everything.has(a.cycle[i]));
        REQUIRE(a.cycle[i].to == a.cycle[(i + 1) % a.cycle.size()].from);
      }
    }
    naive_graph(h, false, false).for_each_cycle([&](const std::vector<edge>& cycle) {
      const phenomenon p = phenomenon_of(cycle);
      const auto nodes = nodes_of(cycle);
      const bool told = std::any_of(f.anomalies().begin(), f.anomalies().end(), [&](const anomaly& a) {
        const auto who = nodes_of(a.cycle);
        const bool concerned = std::any_of(who.begin(), who.end(), [&](auto t) { return nodes.contains(t); });
        return !a.realtime && !a.session && a.what <= p && concerned;
      });
      if (!told) {
        for (const anomaly& a : f.anomalies()) UNSCOPED_INFO(to_text(a));
        for (const edge& e : cycle) UNSCOPED_INFO(e.from << " " << static_cast<int>(e.what) << " " << e.to);
      }
      REQUIRE(told);
    });
  }
  for (const char* expected : {"internal", "G0", "G1a", "G1b", "G1c", "G-single", "G-nonadjacent", "G2-item",
                               "G2", "G-single-session", "G2-item-session", "G0-realtime",
                               "G-single-realtime", "G2-item-realtime", "G2-realtime"}) {
    INFO(expected);
    CHECK(named[expected] > 0);
  }
}

}  // namespace
}  // namespace heddle::test
