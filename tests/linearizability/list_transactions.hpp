// Small histories of transactions that append to and read lists, or write and read registers; random ones,
// and the definitions of the levels executed on them.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <heddle/isolation/list_append.hpp>
#include <heddle/isolation/registers.hpp>

namespace heddle::test {

using list = std::vector<std::int64_t>;
using list_store = std::map<isolation::key_id, list>;

struct list_operation {
  bool writes = false;
  isolation::key_id key = 0;
  std::int64_t element = 0;
  list seen = {};
};

struct list_transaction {
  std::uint32_t process = 0;
  std::uint32_t invoked = 0;
  std::uint32_t returned = isolation::never;
  isolation::status end = isolation::status::committed;
  std::vector<list_operation> operations = {};
};

/// What writing does to a key: a list grows, a register is replaced.
enum class data_type { lists, registers };

inline void apply(data_type type, list_store& store, const list_operation& o) {
  list& now = store[o.key];
  if (type == data_type::registers) now.clear();
  now.push_back(o.element);
}

inline isolation::findings analyse_lists(const std::vector<list_transaction>& all) {
  isolation::list_append_history history;
  for (const list_transaction& t : all) {
    history.begin(t.process, t.invoked, t.returned, t.end);
    for (const list_operation& o : t.operations) {
      if (o.writes) history.append(o.key, o.element);
      if (!o.writes) history.read(o.key, o.seen);
    }
  }
  return isolation::analyse(history);
}

inline isolation::findings analyse_registers(const std::vector<list_transaction>& all) {
  isolation::register_history history;
  for (const list_transaction& t : all) {
    history.begin(t.process, t.invoked, t.returned, t.end);
    for (const list_operation& o : t.operations) {
      if (o.writes) history.write(o.key, o.element);
      if (!o.writes) history.read(o.key, o.seen.empty() ? std::nullopt : std::optional(o.seen.back()));
    }
  }
  return isolation::analyse(history);
}

/// Executes transactions on stores of different honesty.
class list_generator {
 public:
  list_generator(data_type type, std::uint32_t seed) : type_(type), random_(seed) {}

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  /// With `reveal`, a last transaction reads everything.
  std::vector<list_transaction> generate(std::uint32_t count, bool reveal) {
    honesty_ = below(5);
    std::uint32_t started = 0;
    while (started < count || !open_.empty()) {
      const std::uint32_t process = below(3);
      const auto at = open_.find(process);
      if (at == open_.end() && started < count) {
        ++started;
        begin(process);
      } else if (at != open_.end()) {
        proceed(process);
      }
    }
    if (reveal) read_everything();
    for (list_transaction& t : all_) disturb(t);
    return all_;
  }

 private:
  struct running {
    std::size_t transaction = 0;
    list_store snapshot = {};
    std::vector<list_operation> own = {};
    std::uint32_t left = 0;
  };

  void begin(std::uint32_t process) {
    open_[process] = {all_.size(), newest_, {}, 1 + below(4)};
    all_.push_back({process, position_++});
  }

  void proceed(std::uint32_t process) {
    running& r = open_.at(process);
    list_transaction& t = all_[r.transaction];
    if (r.left-- == 0) {
      finish(r, t);
      open_.erase(process);
      return;
    }
    list_operation o{below(2) == 0, below(2)};
    if (o.writes) {
      o.element = ++last_;
      r.own.push_back(o);
      if (honesty_ == 4) apply(type_, newest_, o);
    } else {
      list_store view = honesty_ == 0 || (honesty_ == 1 && below(2) == 0) ? r.snapshot : newest_;
      if (honesty_ != 4)
        for (const list_operation& own : r.own) apply(type_, view, own);
      o.seen = view[o.key];
    }
    t.operations.push_back(o);
  }

  void finish(const running& r, list_transaction& t) {
    t.returned = position_++;
    const std::uint32_t fate = below(12);
    if (fate == 0) t.end = isolation::status::aborted;
    if (fate == 1) t.end = isolation::status::unknown;
    if (fate == 1 && below(2) == 0) t.returned = isolation::never;
    const bool lost = fate == 0 || (fate == 1 && below(2) == 0);
    if (!lost && honesty_ != 4)
      for (const list_operation& o : r.own) apply(type_, newest_, o);
  }

  void read_everything() {
    list_transaction t{9, position_, position_ + 1};
    for (const isolation::key_id key : {0, 1}) t.operations.push_back({false, key, 0, newest_[key]});
    all_.push_back(t);
    position_ += 2;
  }

  void disturb(list_transaction& t) {
    for (list_operation& o : t.operations) {
      if (o.writes || o.seen.empty() || below(25) != 0) continue;
      const std::uint32_t how = below(4);
      if (how == 0) o.seen.pop_back();
      if (how == 1) std::swap(o.seen.front(), o.seen.back());
      if (how == 2) o.seen.back() = 1 + below(static_cast<std::uint32_t>(last_) + 1);
      if (how == 3) o.seen.erase(o.seen.begin());
    }
  }

  data_type type_;
  std::mt19937 random_;
  std::uint32_t honesty_ = 0;  ///< 0 snapshot, 1 mixed, 2 and 3 newest, 4 writes in place
  std::vector<list_transaction> all_;
  std::map<std::uint32_t, running> open_;
  list_store newest_;
  std::int64_t last_ = 0;
  std::uint32_t position_ = 0;
};

enum class order_kept { none, session, realtime };

/// All orders of transactions, tried. Those of unknown outcome may be left out.
class list_oracle {
 public:
  list_oracle(data_type type, const std::vector<list_transaction>& all, order_kept kept)
      : type_(type), kept_(kept) {
    for (const list_transaction& t : all)
      if (t.end != isolation::status::aborted) all_.push_back(&t);
  }

  bool serializable() {
    done_.assign(all_.size(), false);
    return place_serially({});
  }

  /// Reads from the snapshot of the begin; of two that overlap and write the same key only one commits.
  bool snapshot() {
    done_.assign(all_.size(), false);
    begun_.assign(all_.size(), false);
    snapshots_.assign(all_.size(), {});
    return place_snapshots({});
  }

 private:
  bool complete() const {
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (!done_[i] && all_[i]->end == isolation::status::committed) return false;
    return true;
  }

  bool precedes(const list_transaction& a, const list_transaction& b) const {
    if (kept_ == order_kept::none || a.returned >= b.invoked) return false;
    return kept_ == order_kept::realtime || a.process == b.process;
  }

  /// One of unknown outcome that does not come before `i` is then left out for good.
  bool may_begin(std::size_t i) const {
    for (std::size_t j = 0; j < all_.size(); ++j) {
      if (!done_[j] && precedes(*all_[j], *all_[i]) && all_[j]->end == isolation::status::committed)
        return false;
      const bool too_late = (done_[j] || (!begun_.empty() && begun_[j])) && precedes(*all_[i], *all_[j]);
      if (too_late) return false;
    }
    return true;
  }

  bool runs_on(const list_transaction& t, list_store& view) const {
    for (const list_operation& o : t.operations) {
      if (o.writes) {
        apply(type_, view, o);
      } else if (t.end == isolation::status::committed && view[o.key] != o.seen) {
        return false;
      }
    }
    return true;
  }

  bool place_serially(const list_store& now) {
    if (complete()) return true;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      list_store view = now;
      if (done_[i] || !may_begin(i) || !runs_on(*all_[i], view)) continue;
      done_[i] = true;
      if (place_serially(view)) return true;
      done_[i] = false;
    }
    return false;
  }

  bool place_snapshots(const list_store& now) {
    if (complete()) return true;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (done_[i]) continue;
      if (!begun_[i]) {
        list_store view = now;
        if (!may_begin(i) || !runs_on(*all_[i], view)) continue;
        begun_[i] = true;
        snapshots_[i] = now;
        if (place_snapshots(now)) return true;
        begun_[i] = false;
        continue;
      }
      list_store then = now;
      bool first = true;
      for (const list_operation& o : all_[i]->operations)
        if (o.writes) first = first && snapshots_[i][o.key] == list_store(now)[o.key];
      if (!first) continue;
      for (const list_operation& o : all_[i]->operations)
        if (o.writes) apply(type_, then, o);
      const list_store kept = snapshots_[i];
      done_[i] = true;
      if (place_snapshots(then)) return true;
      done_[i] = false;
      snapshots_[i] = kept;
    }
    return false;
  }

  data_type type_;
  order_kept kept_;
  std::vector<const list_transaction*> all_;
  std::vector<bool> done_;
  std::vector<bool> begun_;
  std::vector<list_store> snapshots_;
};

}  // namespace heddle::test
