// The verdicts of the dependency graph against the levels' definitions, executed: all serial orders, and for
// snapshot isolation all orders of begins and commits (Berenson et al. 1995), on thousands of random
// histories.
#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include <heddle/isolation/isolation.hpp>

#include "random_transactions.hpp"

namespace heddle::test {
namespace {

using namespace isolation;

using store = std::map<key_id, version_id>;

version_id at(const store& s, key_id key) {
  const auto found = s.find(key);
  return found == s.end() ? initial_version : found->second;
}

/// Was the row absent from the one version to the other, or is it the same version? Adya's predicate reads
/// fix the versions, so a row that came and went in between makes a difference.
bool same_match(version_id a, version_id b, const std::vector<version_id>& order) {
  if (a == b) return true;
  const auto position = [&](version_id v) {
    return std::find(order.begin(), order.end(), v) - order.begin();
  };
  const auto from = a == initial_version ? 0 : position(a);
  const auto to = b == initial_version ? 0 : position(b);
  if (is_row(a) || is_row(b) || std::max(from, to) == std::ssize(order)) return false;
  return std::none_of(order.begin() + std::min(from, to), order.begin() + std::max(from, to) + 1, is_row);
}

/// Does `t`, run alone on `view`, see what it saw? Applies its writes to `view`.
bool runs_on(const transaction& t, store& view, const version_orders& orders) {
  static const std::vector<version_id> no_versions;
  return std::all_of(t.events.begin(), t.events.end(), [&](const event& e) {
    if (e.what == event::kind::write) return view[e.key] = e.version, true;
    if (e.what == event::kind::read) return at(view, e.key) == e.version;
    return std::all_of(e.predicate.covered.begin(), e.predicate.covered.end(), [&](const seen_version& seen) {
      const auto order = orders.find(seen.key);
      return same_match(at(view, seen.key), seen.version,
                        order == orders.end() ? no_versions : order->second);
    });
  });
}

/// Of the keys that it wrote, a transaction's scans see its own last versions.
bool sees_own_absences(const transaction& t) {
  store own;
  return std::all_of(t.events.begin(), t.events.end(), [&](const event& e) {
    if (e.what == event::kind::write) own[e.key] = e.version;
    return std::all_of(e.predicate.covered.begin(), e.predicate.covered.end(), [&](const seen_version& seen) {
      return !own.contains(seen.key) || own[seen.key] == seen.version;
    });
  });
}

class level_oracle {
 public:
  explicit level_oracle(const random_history& h) : orders_(h.orders) {
    for (const transaction& t : h.transactions) {
      if (t.end == status::committed) committed_.push_back(&t);
      if (t.end == status::aborted) note_unreadable(t, true);
      if (t.end == status::committed) note_unreadable(t, false);
    }
  }

  /// Some order of the transactions, one at a time, explains all reads and the version orders.
  bool serializable(bool strict) {
    return reads_are_clean() && place_serially({}, std::vector<bool>(committed_.size(), false), {}, strict);
  }

  /// Some order of begins and commits: reads from the snapshot of the begin, no two concurrent writers of a
  /// key.
  bool snapshot(bool strong) {
    return reads_are_clean() && place_snapshots({}, std::vector<int>(committed_.size(), 0),
                                                std::vector<store>(committed_.size()), {}, strong);
  }

 private:
  void note_unreadable(const transaction& t, bool aborted) {
    std::map<key_id, version_id> last;
    for (const event& e : t.events) {
      if (e.what != event::kind::write) continue;
      if (last.contains(e.key)) unreadable_.insert(last[e.key]);
      last[e.key] = e.version;
      if (aborted) unreadable_.insert(e.version);
    }
  }

  /// Reading an aborted or overwritten version is wrong even where a predicate does not match.
  bool reads_are_clean() const {
    return std::all_of(committed_.begin(), committed_.end(), [&](const transaction* t) {
      std::set<version_id> own;
      for (const event& e : t->events) {
        if (e.what == event::kind::write) own.insert(e.version);
        for (const seen_version& seen : e.predicate.covered) {
          if (unreadable_.contains(seen.version) && !own.contains(seen.version)) return false;
          if (writes(*t, seen.version) && !own.contains(seen.version)) return false;
        }
      }
      return sees_own_absences(*t);
    });
  }

  static bool writes(const transaction& t, version_id v) {
    return std::any_of(t.events.begin(), t.events.end(),
                       [&](const event& e) { return e.what == event::kind::write && e.version == v; });
  }

  std::vector<seen_version> final_writes(const transaction& t) const {
    std::map<key_id, version_id> last;
    for (const event& e : t.events) {
      if (e.what == event::kind::write) last[e.key] = e.version;
    }
    std::vector<seen_version> result;
    for (const auto& [key, version] : last) result.push_back({key, version});
    return result;
  }

  /// Installs the writes of t if that is what the version orders have next.
  bool install(const transaction& t, version_orders& installed) const {
    for (const auto& [key, version] : final_writes(t)) {
      auto& order = installed[key];
      if (orders_.at(key)[order.size()] != version) return false;
      order.push_back(version);
    }
    return true;
  }

  bool place_serially(const store& now, std::vector<bool> placed, const version_orders& installed,
                      bool strict) {
    if (std::all_of(placed.begin(), placed.end(), [](bool b) { return b; })) return true;
    for (std::size_t i = 0; i < placed.size(); ++i) {
      if (placed[i] || (strict && somebody_must_precede(i, [&](std::size_t j) { return placed[j]; })))
        continue;
      store view = now;
      version_orders after = installed;
      if (!runs_on(*committed_[i], view, orders_) || !install(*committed_[i], after)) continue;
      placed[i] = true;
      if (place_serially(view, placed, after, strict)) return true;
      placed[i] = false;
    }
    return false;
  }

  template <class Done>
  bool somebody_must_precede(std::size_t i, const Done& done) const {
    for (std::size_t j = 0; j < committed_.size(); ++j) {
      if (!done(j) && committed_[j]->returned < committed_[i]->invoked) return true;
    }
    return false;
  }

  /// phases: 0 not begun, 1 begun, 2 committed. `snapshots` as of the begin of each.
  bool place_snapshots(const store& now, std::vector<int> phases, std::vector<store> snapshots,
                       const version_orders& installed, bool strong) {
    if (std::all_of(phases.begin(), phases.end(), [](int phase) { return phase == 2; })) return true;
    for (std::size_t i = 0; i < phases.size(); ++i) {
      if (phases[i] == 2) continue;
      auto next_phases = phases;
      ++next_phases[i];
      if (phases[i] == 0) {
        if (strong && somebody_must_precede(i, [&](std::size_t j) { return phases[j] == 2; })) continue;
        store view = now;
        if (!runs_on(*committed_[i], view, orders_)) continue;
        auto next_snapshots = snapshots;
        next_snapshots[i] = now;
        if (place_snapshots(now, next_phases, next_snapshots, installed, strong)) return true;
        continue;
      }
      version_orders after = installed;
      store then = now;
      bool first_committer = install(*committed_[i], after);
      for (const auto& [key, version] : final_writes(*committed_[i])) {
        first_committer = first_committer && at(snapshots[i], key) == at(now, key);
        then[key] = version;
      }
      if (first_committer && place_snapshots(then, next_phases, snapshots, after, strong)) return true;
    }
    return false;
  }

  const version_orders& orders_;
  std::vector<const transaction*> committed_;
  std::set<version_id> unreadable_;
};

TEST_CASE("isolation verdicts agree with the definitions") {
  std::map<level, std::map<bool, int>> counts;
  for (std::uint32_t seed = 0; seed < 6000; ++seed) {
    INFO("seed " << seed);
    transaction_generator generator(seed);
    const random_history h = generator.generate(2 + generator.below(4));
    const findings f = analyse(h.transactions, h.orders);
    level_oracle oracle(h);
    const std::map<level, bool> expected = {{level::serializable, oracle.serializable(false)},
                                            {level::strict_serializable, oracle.serializable(true)},
                                            {level::snapshot_isolation, oracle.snapshot(false)},
                                            {level::strong_snapshot_isolation, oracle.snapshot(true)}};
    for (const auto& [l, holds] : expected) {
      CAPTURE(static_cast<int>(l));
      REQUIRE(f.satisfies(l) == holds);
      ++counts[l][holds];
    }
    REQUIRE(f.satisfies(level::strict_serializable) == f.anomalies().empty());
    const auto plain = [](const anomaly& a) { return !a.realtime; };
    REQUIRE(f.satisfies(level::serializable) ==
            std::none_of(f.anomalies().begin(), f.anomalies().end(), plain));
  }
  for (auto& [l, by_verdict] : counts) {
    INFO("level " << static_cast<int>(l) << ": " << by_verdict[true] << " hold, " << by_verdict[false]
                  << " do not");
    CHECK(by_verdict[true] >= 1500);
    CHECK(by_verdict[false] >= 1500);
  }
}

TEST_CASE("stronger levels imply weaker ones, and every kind of anomaly occurs") {
  std::set<std::string> seen;
  for (std::uint32_t seed = 10'000; seed < 20'000; ++seed) {
    INFO("seed " << seed);
    transaction_generator generator(seed);
    const random_history h = generator.generate(3 + generator.below(5));
    const findings f = analyse(h.transactions, h.orders);
    for (const anomaly& a : f.anomalies()) seen.insert(name(a));
    const auto implies = [&](level strong, level weak) { return !f.satisfies(strong) || f.satisfies(weak); };
    REQUIRE(implies(level::strict_serializable, level::serializable));
    REQUIRE(implies(level::strict_serializable, level::strong_snapshot_isolation));
    REQUIRE(implies(level::serializable, level::snapshot_isolation));
    REQUIRE(implies(level::serializable, level::repeatable_read));
    REQUIRE(implies(level::strong_snapshot_isolation, level::snapshot_isolation));
    REQUIRE(implies(level::snapshot_isolation, level::read_committed));
    REQUIRE(implies(level::repeatable_read, level::read_committed));
    for (const anomaly& a : f.anomalies()) {
      for (std::size_t i = 0; i < a.cycle.size(); ++i) {
        if (a.cycle.size() > 1) REQUIRE(a.cycle[i].to == a.cycle[(i + 1) % a.cycle.size()].from);
      }
    }
  }
  for (const char* expected : {"internal", "G0", "G1a", "G1b", "G1c", "G-single", "G-nonadjacent", "G2-item",
                               "G2", "G-single-realtime"}) {
    INFO(expected);
    CHECK(seen.contains(expected));
  }
}

}  // namespace
}  // namespace heddle::test
