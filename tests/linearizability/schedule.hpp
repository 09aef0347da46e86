// Histories of transactions written as schedules, in the order of execution:
//   schedule s;  s.read(1, x, 0); s.write(2, x); s.commit(2); s.write(1, x); s.commit(1);
// A transaction begins with its first step. Versions are numbered from 1 in order of creation; 0 stands for
// the initial one. The version order of each key is the order of commits.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include <heddle/isolation/isolation.hpp>

namespace heddle::test {

class schedule {
 public:
  static constexpr isolation::key_id x = 0;
  static constexpr isolation::key_id y = 1;
  static constexpr isolation::key_id z = 2;

  void read(int t, isolation::key_id key, isolation::version_id version) {
    step(t).events.push_back(isolation::event::read(key, seen(version)));
  }

  isolation::version_id write(int t, isolation::key_id key) {
    step(t).events.push_back(isolation::event::write(key, ++last_version_));
    return last_version_;
  }

  /// A scan over keys for rows that exist; every version written is a row.
  void scan(int t, const std::vector<isolation::seen_version>& rows) {
    isolation::predicate_read predicate;
    for (const auto& [key, version] : rows) predicate.covered.push_back({key, seen(version)});
    step(t).events.push_back(isolation::event::scan(predicate));
  }

  void commit(int t) { end(t, isolation::status::committed); }
  void abort(int t) { end(t, isolation::status::aborted); }
  void lose_reply(int t) {
    end(t, isolation::status::unknown);
    transactions_[index_.at(t)].returned = isolation::never;
  }

  std::vector<isolation::transaction> history() const {
    auto complete = transactions_;
    for (auto& t : complete) {
      for (auto& e : t.events) {
        for (const auto& [key, version] : e.predicate.covered) add_rows(key, e.predicate.matching);
      }
    }
    return complete;
  }

  const isolation::version_orders& orders() const { return orders_; }
  isolation::findings analyse() const { return isolation::analyse(history(), orders_); }

 private:
  static isolation::version_id seen(isolation::version_id version) {
    return version == 0 ? isolation::initial_version : version;
  }

  isolation::transaction& step(int t) {
    const auto [at, fresh] = index_.try_emplace(t, transactions_.size());
    if (fresh) transactions_.push_back({.process = static_cast<std::uint32_t>(t), .invoked = position_});
    ++position_;
    return transactions_[at->second];
  }

  void end(int t, isolation::status how) {
    isolation::transaction& ended = step(t);
    ended.end = how;
    ended.returned = position_++;
    if (how == isolation::status::aborted) return;
    std::map<isolation::key_id, isolation::version_id> last;
    for (const auto& e : ended.events) {
      if (e.what == isolation::event::kind::write) last[e.key] = e.version;
    }
    for (const auto& [key, version] : last) orders_[key].push_back(version);
  }

  void add_rows(isolation::key_id key, std::vector<isolation::version_id>& matching) const {
    for (const auto& t : transactions_) {
      for (const auto& e : t.events) {
        if (e.what == isolation::event::kind::write && e.key == key) matching.push_back(e.version);
      }
    }
  }

  std::vector<isolation::transaction> transactions_;
  std::map<int, std::size_t> index_;
  isolation::version_orders orders_;
  isolation::version_id last_version_ = 0;
  std::uint32_t position_ = 0;
};

}  // namespace heddle::test
