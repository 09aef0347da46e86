// A serializable store by strict two-phase locking with range locks: the classical second implementation.
//
// Algorithm: a read takes a shared lock on its key or range, a write an exclusive one on its key; all are
// held to the end of the transaction (Eswaran, Gray, Lorie, Traiger 1976; strict, so that an abort needs no
// cascade). A range is locked as a whole, present keys or not, which keeps phantoms out. Writes are made in
// place and undone from a log. Whoever would close a cycle of waiting is the victim. Strictly serializable:
// the moment of the last lock lies between begin and commit.
//
// Complexity: a statement costs O(locks held by all) and O(log keys); deadlock detection O(waiting · locks).
//
// Deviations from a product: locks are one list rather than a hash table with intentions; no queue, a
// released lock goes to whoever wakes first. The isolation level asked for is ignored: every transaction gets
// serializability.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <heddle/targets/mvcc/types.hpp>

namespace heddle::targets::mvcc {

/// The same interface as version_store; see there for what each call means.
class locking_store {
 public:
  locking_store() = default;
  virtual ~locking_store() = default;
  locking_store(const locking_store&) = delete;
  locking_store& operator=(const locking_store&) = delete;

  txn begin(bool read_only = false) { return begin(isolation::serializable, read_only); }
  txn begin(isolation level, bool read_only = false);
  status commit(txn& t);
  void abort(txn& t);

  result<std::optional<value_type>> get(txn& t, key_type key);
  status put(txn& t, key_type key, value_type value) { return write_blindly(t, key, value); }
  status del(txn& t, key_type key) { return write_blindly(t, key, std::nullopt); }
  result<std::vector<key_value>> scan(txn& t, key_type first, key_type last, const predicate& matches);
  result<value_type> rmw(txn& t, key_type key, const transform& change);
  result<std::optional<value_type>> get_for_update(txn& t, key_type key);

  /// There is one version of each key, so there is nothing to collect.
  std::size_t vacuum() { return 0; }

  statistics stats() const;
  std::size_t blocked() const;

 protected:
  enum class mode : std::uint8_t { shared, exclusive };

  struct range_lock {
    txn_id owner = 0;
    key_type first = 0;
    key_type last = 0;
    mode how = mode::shared;

    bool excludes(const range_lock& other) const {
      return owner != other.owner && first <= other.last && other.first <= last &&
             (how == mode::exclusive || other.how == mode::exclusive);
    }
    bool operator==(const range_lock&) const = default;
  };

  using latch = std::unique_lock<std::mutex>;

  // The decisions that make two-phase locking; called under the latch.

  /// Shared locks stay until the end, so that what was read is still true at commit.
  virtual void end_of_read(txn_id /*me*/, key_type /*first*/, key_type /*last*/) {}

  /// A shared lock on the key is kept while waiting to upgrade it; two upgraders of one key are a deadlock.
  virtual status lock_exclusively(latch& held, txn_id me, key_type key) {
    return acquire(held, {me, key, key, mode::exclusive});
  }

  // What the decisions are made of.

  /// Waits until no other transaction's lock excludes this one, and takes it.
  status acquire(latch& held, const range_lock& wanted);
  /// Gives a lock up before the end, if it is held.
  void release(const range_lock& lock);

 private:
  struct cell {
    version_id id;
    std::optional<value_type> value{};
  };

  struct transaction {
    bool read_only = false;
    std::vector<std::pair<key_type, cell>> undo{};  // what each write replaced, oldest first
    std::map<key_type, std::uint32_t> written{};    // key → number of writes
    std::optional<range_lock> waits_for{};
  };

  struct opened {
    transaction* me;
    status code;
  };

  opened open(const txn& t);
  opened open_for_write(const txn& t);
  status write_blindly(txn& t, key_type key, std::optional<value_type> value);
  std::optional<value_type> read(txn& t, key_type key);
  void write(transaction& me, key_type key, std::optional<value_type> value, txn& t);
  bool closes_a_cycle(txn_id me, const range_lock& wanted) const;
  status fail(txn_id me, status why);
  void roll_back(txn_id me);
  void end(txn_id me);

  mutable std::mutex latch_;
  std::condition_variable released_;
  std::map<key_type, cell> cells_;
  std::map<txn_id, transaction> transactions_;
  std::vector<range_lock> locks_;  // invariant: no two exclude each other
  txn_id last_txn_ = 0;
  timestamp last_committed_ = 0;
  statistics counts_;
};

inline txn locking_store::begin(isolation /*level*/, bool read_only) {
  latch held(latch_);
  const txn_id id = ++last_txn_;
  transactions_.try_emplace(id, transaction{.read_only = read_only});
  return txn{.id = id, .level = isolation::serializable, .read_only = read_only};
}

inline status locking_store::commit(txn& t) {
  latch held(latch_);
  const auto [me, code] = open(t);
  if (code != status::ok) return code;
  t.committed_at = me->undo.empty() ? last_committed_ : ++last_committed_;
  ++counts_.commits;
  end(t.id);
  return status::ok;
}

inline void locking_store::abort(txn& t) {
  latch held(latch_);
  if (transactions_.contains(t.id)) roll_back(t.id);
}

inline result<std::optional<value_type>> locking_store::get(txn& t, key_type key) {
  latch held(latch_);
  auto [me, code] = open(t);
  if (code != status::ok) return {code, {}};
  code = acquire(held, {t.id, key, key, mode::shared});
  if (code != status::ok) return {fail(t.id, code), {}};
  const std::optional<value_type> value = read(t, key);
  end_of_read(t.id, key, key);
  return {status::ok, value};
}

inline result<std::vector<key_value>> locking_store::scan(txn& t, key_type first, key_type last,
                                                          const predicate& matches) {
  std::vector<key_value> present;
  {
    latch held(latch_);
    auto [me, code] = open(t);
    if (code != status::ok) return {code, {}};
    code = acquire(held, {t.id, first, last, mode::shared});
    if (code != status::ok) return {fail(t.id, code), {}};
    t.accesses.push_back({.what = access::kind::range, .key = first, .last = last});
    for (auto it = cells_.lower_bound(first); it != cells_.end() && it->first <= last; ++it) {
      if (const auto value = read(t, it->first)) present.emplace_back(it->first, *value);
    }
    end_of_read(t.id, first, last);
  }
  std::erase_if(present, [&](const key_value& r) { return !matches(r.first, r.second); });
  return {status::ok, std::move(present)};
}

inline result<value_type> locking_store::rmw(txn& t, key_type key, const transform& change) {
  latch held(latch_);
  auto [me, code] = open_for_write(t);
  if (code != status::ok) return {code, {}};
  if (code = lock_exclusively(held, t.id, key); code != status::ok) return {fail(t.id, code), {}};
  const std::optional<value_type> before = read(t, key);
  held.unlock();
  const value_type after = change(before.value_or(0));
  held.lock();
  write(*me, key, after, t);
  return {status::ok, after};
}

inline result<std::optional<value_type>> locking_store::get_for_update(txn& t, key_type key) {
  latch held(latch_);
  auto [me, code] = open_for_write(t);
  if (code != status::ok) return {code, {}};
  if (code = lock_exclusively(held, t.id, key); code != status::ok) return {fail(t.id, code), {}};
  return {status::ok, read(t, key)};
}

inline status locking_store::write_blindly(txn& t, key_type key, std::optional<value_type> value) {
  latch held(latch_);
  auto [me, code] = open_for_write(t);
  if (code != status::ok) return code;
  if (code = lock_exclusively(held, t.id, key); code != status::ok) return fail(t.id, code);
  write(*me, key, value, t);
  return status::ok;
}

inline statistics locking_store::stats() const {
  latch held(latch_);
  statistics now = counts_;
  now.versions = cells_.size();
  return now;
}

inline std::size_t locking_store::blocked() const {
  latch held(latch_);
  return static_cast<std::size_t>(
      std::count_if(transactions_.begin(), transactions_.end(),
                    [](const auto& entry) { return entry.second.waits_for.has_value(); }));
}

inline status locking_store::acquire(latch& held, const range_lock& wanted) {
  const auto is_excluded = [&] {
    return std::any_of(locks_.begin(), locks_.end(), [&](const range_lock& l) { return l.excludes(wanted); });
  };
  transaction& me = transactions_.at(wanted.owner);
  while (is_excluded()) {
    if (closes_a_cycle(wanted.owner, wanted)) return status::deadlock;
    me.waits_for = wanted;
    released_.wait(held);
    me.waits_for.reset();
  }
  if (std::find(locks_.begin(), locks_.end(), wanted) == locks_.end()) locks_.push_back(wanted);
  return status::ok;
}

inline void locking_store::release(const range_lock& lock) {
  if (std::erase(locks_, lock) != 0) released_.notify_all();
}

inline locking_store::opened locking_store::open(const txn& t) {
  const auto found = transactions_.find(t.id);
  if (found == transactions_.end()) return {nullptr, status::no_active_transaction};
  return {&found->second, status::ok};
}

inline locking_store::opened locking_store::open_for_write(const txn& t) {
  const opened o = open(t);
  if (o.me == nullptr || !o.me->read_only) return o;
  return {nullptr, fail(t.id, status::read_only_transaction)};
}

inline std::optional<value_type> locking_store::read(txn& t, key_type key) {
  const auto found = cells_.find(key);
  const cell now = found == cells_.end() ? cell{} : found->second;
  t.accesses.push_back({.what = access::kind::read, .key = key, .last = key, .version = now.id});
  return now.value;
}

inline void locking_store::write(transaction& me, key_type key, std::optional<value_type> value, txn& t) {
  cell& now = cells_[key];
  me.undo.emplace_back(key, now);
  const version_id id{t.id, me.written[key]++};
  t.accesses.push_back(
      {.what = access::kind::write, .key = key, .last = key, .version = id, .replaced = now.id});
  now = {id, value};
}

/// Depth-first through "waits for a lock that is excluded by one of".
inline bool locking_store::closes_a_cycle(txn_id me, const range_lock& wanted) const {
  std::set<txn_id> seen;
  std::vector<range_lock> requests{wanted};
  while (!requests.empty()) {
    const range_lock request = requests.back();
    requests.pop_back();
    for (const range_lock& l : locks_) {
      if (!l.excludes(request)) continue;
      if (l.owner == me) return true;
      if (!seen.insert(l.owner).second) continue;
      if (const auto& next = transactions_.at(l.owner).waits_for) requests.push_back(*next);
    }
  }
  return false;
}

inline status locking_store::fail(txn_id me, status why) {
  if (why == status::deadlock) ++counts_.deadlocks;
  roll_back(me);
  return why;
}

inline void locking_store::roll_back(txn_id me) {
  auto& undo = transactions_.at(me).undo;
  for (; !undo.empty(); undo.pop_back()) cells_[undo.back().first] = undo.back().second;
  ++counts_.rollbacks;
  end(me);
}

inline void locking_store::end(txn_id me) {
  std::erase_if(locks_, [&](const range_lock& l) { return l.owner == me; });
  transactions_.erase(me);
  released_.notify_all();
}

}  // namespace heddle::targets::mvcc
