// Random small histories of transactions with reads, writes and scans over two keys, for the oracles of the
// analysis of isolation. Every process runs one transaction at a time.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include <heddle/isolation/isolation.hpp>

namespace heddle::test {

/// Versions that match the scans' predicate.
inline bool is_row(isolation::version_id v) {
  return v != isolation::initial_version && v % 2 == 1;
}

struct random_history {
  std::vector<isolation::transaction> transactions;
  isolation::version_orders orders;
};

/// Executes random steps; what a read sees is the newest committed version, that of a snapshot, or just any.
class transaction_generator {
 public:
  /// `wild`: the store often answers with any version, and installs them in any order.
  explicit transaction_generator(std::uint32_t seed, bool wild = false) : random_(seed), wild_(wild) {}

  random_history generate(std::uint32_t count) {
    result_ = {};
    last_version_ = 0;
    std::uint32_t position = 0;
    const std::uint32_t honesty = below(3);
    result_.transactions.resize(count);
    snapshots_.assign(count, {});
    std::vector<std::uint32_t> left(count);
    for (auto& steps : left) steps = 1 + below(4);
    std::vector<std::uint32_t> open(count);
    std::iota(open.begin(), open.end(), 0);
    std::vector<bool> begun(count, false);
    while (!open.empty()) {
      const std::size_t which = below(std::min<std::uint32_t>(4, static_cast<std::uint32_t>(open.size())));
      const std::uint32_t t = open[which];
      if (!begun[t]) {
        result_.transactions[t].invoked = position++;
        result_.transactions[t].process = free_process();
        snapshots_[t] = newest_;
        begun[t] = true;
      }
      if (left[t]-- > 0) {
        step(t, honesty);
        continue;
      }
      result_.transactions[t].returned = position++;
      busy_.erase(result_.transactions[t].process);
      finish(t);
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
    }
    for (auto& [key, order] : result_.orders) {
      if (below(wild_ ? 2 : 12) == 0) std::shuffle(order.begin(), order.end(), random_);
    }
    complete_predicates();
    newest_.clear();
    return result_;
  }

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

 private:
  std::uint32_t free_process() {
    std::uint32_t p = 0;
    while (busy_.contains(p)) ++p;
    busy_.insert(p);
    return p;
  }

  void step(std::uint32_t t, std::uint32_t honesty) {
    auto& events = result_.transactions[t].events;
    const isolation::key_id key = below(2);
    switch (below(5)) {
      case 0:
      case 1:
        events.push_back(isolation::event::write(key, ++last_version_));
        break;
      case 2: {
        isolation::predicate_read scan;
        for (isolation::key_id k = 0; k < 2; ++k) scan.covered.push_back({k, look(t, k, honesty)});
        events.push_back(isolation::event::scan(scan));
        break;
      }
      default:
        events.push_back(isolation::event::read(key, look(t, key, honesty)));
    }
  }

  isolation::version_id look(std::uint32_t t, isolation::key_id key, std::uint32_t honesty) {
    if (below(wild_ ? 6 : 60) == 0 && last_version_ > 0) return any_version_of(key);
    const auto& events = result_.transactions[t].events;
    for (std::size_t i = events.size(); i-- > 0;) {
      if (events[i].what == isolation::event::kind::write && events[i].key == key) return events[i].version;
    }
    const bool from_snapshot = honesty == 0 || (honesty == 1 && below(2) == 0);
    const auto& from = from_snapshot ? snapshots_[t] : newest_;
    const auto at = from.find(key);
    return at == from.end() ? isolation::initial_version : at->second;
  }

  isolation::version_id any_version_of(isolation::key_id key) {
    std::vector<isolation::version_id> all{isolation::initial_version};
    for (const isolation::transaction& t : result_.transactions) {
      for (const isolation::event& e : t.events) {
        if (e.what == isolation::event::kind::write && e.key == key) all.push_back(e.version);
      }
    }
    return all[below(static_cast<std::uint32_t>(all.size()))];
  }

  void finish(std::uint32_t t) {
    if (below(8) == 0) {
      result_.transactions[t].end = isolation::status::aborted;
      return;
    }
    std::map<isolation::key_id, isolation::version_id> last;
    for (const isolation::event& e : result_.transactions[t].events) {
      if (e.what == isolation::event::kind::write) last[e.key] = e.version;
    }
    for (const auto& [key, version] : last) {
      result_.orders[key].push_back(version);
      newest_[key] = version;
    }
  }

  void complete_predicates() {
    for (isolation::transaction& t : result_.transactions) {
      for (isolation::event& e : t.events) {
        if (e.what != isolation::event::kind::predicate) continue;
        for (isolation::version_id v = 1; v <= last_version_; ++v)
          if (is_row(v)) e.predicate.matching.push_back(v);
      }
    }
  }

  std::mt19937 random_;
  bool wild_;
  std::set<std::uint32_t> busy_;  ///< processes with an open transaction
  random_history result_;
  std::map<isolation::key_id, isolation::version_id> newest_;
  std::vector<std::map<isolation::key_id, isolation::version_id>> snapshots_;
  isolation::version_id last_version_ = 0;
};

}  // namespace heddle::test
