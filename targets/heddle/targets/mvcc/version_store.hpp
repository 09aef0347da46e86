// A multi-version transactional store with PostgreSQL's three isolation levels.
//
//   read_committed  every statement reads what is committed when it runs; an update waits for the row's
//                   writer and then looks at the row again (PostgreSQL's EvalPlanQual), so `rmw` never loses
//                   an update, while `get` then `put` may
//   snapshot        PostgreSQL's REPEATABLE READ: one snapshot, taken by the first statement; the
//                   first updater of a row wins, a concurrent second one fails (Berenson et al. 1995).
//                   Allows write skew
//   serializable    snapshot, plus the conflict tracking of conflict_tracker.hpp (SSI): a guarantee among the
//                   transactions of this level, as in PostgreSQL; the serial order respects real time
//
// Algorithm: versions carry their writer and, once their writer has committed, its position in the order of
// commits. A snapshot is a position; the visible version is the newest one at or before it, or the
// transaction's own. A row has at most one uncommitted writer (row lock, held to the end). A transaction that
// would close a cycle of waiting is the victim.
//
// Threads: any number, each transaction driven by one at a time. A statement holds one latch briefly and
// never while it waits for a row; a commit stamps its versions row by row, between which other statements
// run, then publishes its position.
//
// Complexity: a statement costs O(log rows) and the versions of the row newer than the snapshot; serializable
// ones also O(transactions remembered). Callers that never commit or abort keep their locks, and their
// snapshot holds back `vacuum`.
//
// Deviations: keys and values are 64-bit integers. `append` is left to `rmw` (v·16 + e is a list of digits).
// A deleted key keeps its last version for ever, so that what a read of it saw always has a name.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <heddle/targets/mvcc/conflict_tracker.hpp>
#include <heddle/targets/mvcc/types.hpp>

namespace heddle::targets::mvcc {

class version_store {
 public:
  explicit version_store(isolation default_level = isolation::serializable) : default_level_(default_level) {}
  virtual ~version_store() = default;
  version_store(const version_store&) = delete;
  version_store& operator=(const version_store&) = delete;

  txn begin(bool read_only = false) { return begin(default_level_, read_only); }
  txn begin(isolation level, bool read_only = false);

  /// Makes all writes visible at once. Anything but ok means that the transaction had no effect.
  status commit(txn& t);
  /// Undoes all writes. No effect on a transaction that is over.
  void abort(txn& t);

  /// The value of the key, if it has one.
  result<std::optional<value_type>> get(txn& t, key_type key);
  /// Inserts or overwrites; waits for an uncommitted writer of the key.
  status put(txn& t, key_type key, value_type value) { return write_blindly(t, key, value); }
  /// Removes the key if it is there; waits as `put` does.
  status del(txn& t, key_type key) { return write_blindly(t, key, std::nullopt); }
  /// The rows with first <= key <= last that match, in key order, all as of one moment. `matches` runs
  /// without the latch.
  result<std::vector<key_value>> scan(txn& t, key_type first, key_type last, const predicate& matches);
  /// Replaces the value by `change` of it (of 0 if there is none) and returns the new one. The row is locked
  /// meanwhile.
  result<value_type> rmw(txn& t, key_type key, const transform& change);
  /// `get`, with the row locked against other writers until the end of the transaction.
  result<std::optional<value_type>> get_for_update(txn& t, key_type key);

  /// Removes the versions that no snapshot can see any more; returns how many.
  std::size_t vacuum();

  statistics stats() const;
  /// How many transactions wait for a row at this moment.
  std::size_t blocked() const;

 protected:
  struct version {
    version_id id;
    timestamp committed_at = 0;  // 0: not committed, or its commit has not stamped it yet
    std::optional<value_type> value{};
  };

  // invariant: stamped versions precede unstamped ones, in commit order; all unstamped ones are the lock
  // owner's
  struct chain {
    txn_id owner = 0;  // holder of the row lock, 0 if free
    std::vector<version> versions{};
  };

  struct transaction {
    txn_id id = 0;
    isolation level = isolation::serializable;
    bool read_only = false;
    std::optional<timestamp> snapshot{};  // none before the first statement
    timestamp committed_at = 0;
    std::set<key_type> locked{};
    std::map<key_type, std::uint32_t> written{};  // key → number of writes
    std::optional<key_type> waits_for{};
  };

  using latch = std::unique_lock<std::mutex>;

  // The decisions that make an isolation level. All but install() are called under the latch.

  /// The level that a transaction runs at when it asks for `requested`.
  virtual isolation provided(isolation requested) const { return requested; }

  /// The snapshot that the next statement reads.
  virtual timestamp statement_snapshot(const transaction& me) const {
    return me.level == isolation::read_committed ? last_committed_ : me.snapshot.value_or(last_committed_);
  }

  /// The version of a row that `me` reads, or nullptr.
  virtual const version* visible(const chain& versions, const transaction& me) {
    const auto& all = versions.versions;
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const version& v) {
      return v.id.writer == me.id || (v.committed_at != 0 && v.committed_at <= *me.snapshot);
    });
    return found == all.rend() ? nullptr : &*found;
  }

  /// First updater wins: a row that changed after the snapshot may not be written on the strength of it.
  virtual bool may_update(const chain& versions, const transaction& me) const {
    return me.level == isolation::read_committed || versions.versions.empty() ||
           versions.versions.back().committed_at <= *me.snapshot;
  }

  /// Whether reads and writes of `me` take part in conflict tracking.
  virtual bool is_tracked(const transaction& me) const { return me.level == isolation::serializable; }

  /// Remembers what a predicate read depends on: every key of the range, as a key that is absent now may be
  /// inserted.
  virtual void remember_scan(const transaction& me, key_type first, key_type last,
                             const std::vector<key_value>& /*present*/) {
    remember_read(me, first, last);
  }

  /// Locks the row, then reads it: what others committed while we waited must be seen (or have failed us).
  virtual result<std::optional<value_type>> lock_and_read(latch& held, transaction& me, key_type key,
                                                          txn& t) {
    if (const status code = lock_row(held, me, key); code != status::ok) return {code, {}};
    me.snapshot = statement_snapshot(me);
    return {status::ok, read(me, key, t)};
  }

  /// After a statement that locked a row. It stays locked: releasing it before the end would let others
  /// overwrite uncommitted data.
  virtual void end_of_update(transaction& /*me*/) {}

  /// Whether what `me` has read allows it to commit. Committed versions always do.
  virtual bool may_commit(const transaction& /*me*/) { return true; }

  /// Makes a decided transaction's versions visible: the position is published last, so that no snapshot sees
  /// half of them.
  virtual void install(transaction& me) {
    for (const auto& [key, writes] : me.written) stamp(key, me);
    publish(me);
  }

  /// Every version that a snapshot at this position or later does not see may go.
  virtual timestamp vacuum_horizon() const {
    timestamp oldest = last_committed_;
    for (const auto& [id, t] : transactions_) {
      if (t.snapshot && t.level != isolation::read_committed) oldest = std::min(oldest, *t.snapshot);
    }
    return oldest;
  }

  // What the decisions are made of.

  virtual void stamp(key_type key, const transaction& me);
  void publish(const transaction& me);
  void remember_read(const transaction& me, key_type first, key_type last) {
    conflicts_.remember_read(me.id, first, last);
  }
  std::optional<value_type> read(transaction& me, key_type key, txn& t);
  status lock_row(latch& held, transaction& me, key_type key);
  void release_rows(transaction& me);
  const chain* find_row(key_type key) const;
  timestamp last_committed() const { return last_committed_; }

 private:
  struct opened {
    transaction* me;
    status code;
  };

  opened open(const txn& t);
  opened open_for_write(const txn& t);
  status write_blindly(txn& t, key_type key, std::optional<value_type> value);
  void write(transaction& me, key_type key, std::optional<value_type> value, txn& t);
  const version* see(transaction& me, key_type key, const chain& versions, txn& t);
  bool closes_a_cycle(const transaction& me, key_type key) const;
  status fail(transaction& me, status why);
  void roll_back(transaction& me);
  void end(transaction& me);

  const isolation default_level_;
  std::mutex commit_turn_;  // taken before latch_; commits are installed one at a time, in order
  mutable std::mutex latch_;
  std::condition_variable released_;
  std::map<key_type, chain> rows_;  // rows are never erased
  std::map<txn_id, transaction> transactions_;
  conflict_tracker conflicts_;
  txn_id last_txn_ = 0;
  timestamp last_decided_ = 0;
  timestamp last_committed_ = 0;  // invariant: <= last_decided_; all versions stamped up to here are visible
  statistics counts_;
};

inline txn version_store::begin(isolation level, bool read_only) {
  latch held(latch_);
  const txn_id id = ++last_txn_;
  const isolation given = provided(level);
  transactions_.try_emplace(id, transaction{.id = id, .level = given, .read_only = read_only});
  return txn{.id = id, .level = given, .read_only = read_only};
}

inline status version_store::commit(txn& t) {
  latch held(latch_);
  const auto [me, code] = open(t);
  if (code != status::ok) return code;
  if (!may_commit(*me)) return fail(*me, status::serialization_failure);
  if (!me->written.empty()) {
    held.unlock();
    std::lock_guard turn(commit_turn_);
    held.lock();
    if (conflicts_.doomed(me->id)) return fail(*me, status::serialization_failure);
    me->committed_at = ++last_decided_;
    conflicts_.commit(me->id, me->committed_at);
    held.unlock();
    install(*me);
    held.lock();
  } else {
    me->committed_at = last_decided_;
    conflicts_.commit(me->id, me->committed_at);
  }
  t.committed_at = me->committed_at;
  ++counts_.commits;
  end(*me);
  return status::ok;
}

inline void version_store::abort(txn& t) {
  latch held(latch_);
  if (const auto found = transactions_.find(t.id); found != transactions_.end()) roll_back(found->second);
}

inline result<std::optional<value_type>> version_store::get(txn& t, key_type key) {
  latch held(latch_);
  const auto [me, code] = open(t);
  if (code != status::ok) return {code, {}};
  const std::optional<value_type> value = read(*me, key, t);
  if (conflicts_.doomed(me->id)) return {fail(*me, status::serialization_failure), {}};
  return {status::ok, value};
}

inline result<std::vector<key_value>> version_store::scan(txn& t, key_type first, key_type last,
                                                          const predicate& matches) {
  std::vector<key_value> present;
  {
    latch held(latch_);
    const auto [me, code] = open(t);
    if (code != status::ok) return {code, {}};
    t.accesses.push_back({.what = access::kind::range, .key = first, .last = last});
    for (auto it = rows_.lower_bound(first); it != rows_.end() && it->first <= last; ++it) {
      const version* v = see(*me, it->first, it->second, t);
      if (v != nullptr && v->value) present.emplace_back(it->first, *v->value);
    }
    if (is_tracked(*me)) remember_scan(*me, first, last, present);
    if (conflicts_.doomed(me->id)) return {fail(*me, status::serialization_failure), {}};
  }
  std::erase_if(present, [&](const key_value& r) { return !matches(r.first, r.second); });
  return {status::ok, std::move(present)};
}

inline result<value_type> version_store::rmw(txn& t, key_type key, const transform& change) {
  latch held(latch_);
  const auto [me, code] = open_for_write(t);
  if (code != status::ok) return {code, {}};
  const auto before = lock_and_read(held, *me, key, t);
  if (!before) return {fail(*me, before.code), {}};
  held.unlock();
  const value_type after = change(before.value.value_or(0));
  held.lock();
  write(*me, key, after, t);
  if (conflicts_.doomed(me->id)) return {fail(*me, status::serialization_failure), {}};
  return {status::ok, after};
}

inline result<std::optional<value_type>> version_store::get_for_update(txn& t, key_type key) {
  latch held(latch_);
  const auto [me, code] = open_for_write(t);
  if (code != status::ok) return {code, {}};
  const auto found = lock_and_read(held, *me, key, t);
  if (!found) return {fail(*me, found.code), {}};
  end_of_update(*me);
  if (conflicts_.doomed(me->id)) return {fail(*me, status::serialization_failure), {}};
  return found;
}

inline status version_store::write_blindly(txn& t, key_type key, std::optional<value_type> value) {
  latch held(latch_);
  auto [me, code] = open_for_write(t);
  if (code != status::ok) return code;
  if (code = lock_row(held, *me, key); code != status::ok) return fail(*me, code);
  write(*me, key, value, t);
  if (conflicts_.doomed(me->id)) return fail(*me, status::serialization_failure);
  return status::ok;
}

inline std::size_t version_store::vacuum() {
  latch held(latch_);
  const timestamp horizon = vacuum_horizon();
  std::size_t removed = 0;
  for (auto& [key, c] : rows_) {
    // Keep the newest version that the oldest snapshot sees, and whatever is newer.
    const auto seen = std::find_if(c.versions.rbegin(), c.versions.rend(), [&](const version& v) {
      return v.committed_at != 0 && v.committed_at <= horizon;
    });
    if (seen == c.versions.rend()) continue;
    const auto keep = seen.base() - 1;
    removed += static_cast<std::size_t>(keep - c.versions.begin());
    c.versions.erase(c.versions.begin(), keep);
  }
  return removed;
}

inline statistics version_store::stats() const {
  latch held(latch_);
  statistics now = counts_;
  now.rw_conflicts = conflicts_.conflicts();
  now.siread_locks = conflicts_.reads_remembered();
  for (const auto& [key, c] : rows_) now.versions += c.versions.size();
  return now;
}

inline std::size_t version_store::blocked() const {
  latch held(latch_);
  return static_cast<std::size_t>(
      std::count_if(transactions_.begin(), transactions_.end(),
                    [](const auto& entry) { return entry.second.waits_for.has_value(); }));
}

inline void version_store::stamp(key_type key, const transaction& me) {
  latch held(latch_);
  for (version& v : rows_[key].versions) {
    if (v.id.writer == me.id) v.committed_at = me.committed_at;
  }
}

inline void version_store::publish(const transaction& me) {
  latch held(latch_);
  last_committed_ = me.committed_at;
}

inline const version_store::chain* version_store::find_row(key_type key) const {
  const auto found = rows_.find(key);
  return found == rows_.end() ? nullptr : &found->second;
}

/// The transaction behind a handle, with the snapshot of its next statement.
inline version_store::opened version_store::open(const txn& t) {
  const auto found = transactions_.find(t.id);
  if (found == transactions_.end()) return {nullptr, status::no_active_transaction};
  transaction& me = found->second;
  if (conflicts_.doomed(me.id)) return {nullptr, fail(me, status::serialization_failure)};
  me.snapshot = statement_snapshot(me);
  if (is_tracked(me)) conflicts_.start(me.id, me.read_only, *me.snapshot);
  return {&me, status::ok};
}

inline version_store::opened version_store::open_for_write(const txn& t) {
  const opened o = open(t);
  if (o.me == nullptr || !o.me->read_only) return o;
  return {nullptr, fail(*o.me, status::read_only_transaction)};
}

/// Reads one row: records the version seen, and a conflict with whoever has replaced it.
inline const version_store::version* version_store::see(transaction& me, key_type key, const chain& versions,
                                                        txn& t) {
  const version* seen = visible(versions, me);
  if (seen != nullptr) {
    t.accesses.push_back({.what = access::kind::read, .key = key, .last = key, .version = seen->id});
  }
  if (is_tracked(me)) {
    std::vector<txn_id> newer;
    const version* end = versions.versions.data() + versions.versions.size();
    for (const version* v = seen != nullptr ? seen + 1 : versions.versions.data(); v != end; ++v) {
      newer.push_back(v->id.writer);
    }
    conflicts_.saw_replaced(me.id, newer);
  }
  return seen;
}

inline std::optional<value_type> version_store::read(transaction& me, key_type key, txn& t) {
  if (is_tracked(me)) remember_read(me, key, key);
  const chain* versions = find_row(key);
  const version* seen = versions == nullptr ? nullptr : see(me, key, *versions, t);
  if (seen != nullptr) return seen->value;
  t.accesses.push_back({.what = access::kind::read, .key = key, .last = key});
  return std::nullopt;
}

/// Precondition: `me` holds the row lock.
inline void version_store::write(transaction& me, key_type key, std::optional<value_type> value, txn& t) {
  if (is_tracked(me)) conflicts_.write(me.id, key);
  std::vector<version>& versions = rows_[key].versions;
  const version_id replaced = versions.empty() ? version_id{} : versions.back().id;
  const version_id id{me.id, me.written[key]++};
  versions.push_back({.id = id, .value = value});
  t.accesses.push_back(
      {.what = access::kind::write, .key = key, .last = key, .version = id, .replaced = replaced});
  end_of_update(me);
}

/// Waits until the row is free. On failure the caller must fail the transaction.
inline status version_store::lock_row(latch& held, transaction& me, key_type key) {
  chain& wanted = rows_[key];
  while (wanted.owner != 0 && wanted.owner != me.id) {
    if (closes_a_cycle(me, key)) return status::deadlock;
    me.waits_for = key;
    released_.wait(held);
    me.waits_for.reset();
    if (conflicts_.doomed(me.id)) return status::serialization_failure;
  }
  if (wanted.owner != me.id && !may_update(wanted, me)) return status::serialization_failure;
  wanted.owner = me.id;
  me.locked.insert(key);
  return status::ok;
}

/// Each transaction waits for at most one row and each row has one owner, so the waits-for graph is a set of
/// chains.
inline bool version_store::closes_a_cycle(const transaction& me, key_type key) const {
  std::optional<key_type> wanted = key;
  while (wanted) {
    const txn_id owner = rows_.at(*wanted).owner;
    if (owner == me.id) return true;
    const auto holder = transactions_.find(owner);
    wanted = holder == transactions_.end() ? std::nullopt : holder->second.waits_for;
  }
  return false;
}

inline void version_store::release_rows(transaction& me) {
  for (const key_type key : me.locked) rows_[key].owner = 0;
  me.locked.clear();
  released_.notify_all();
}

inline status version_store::fail(transaction& me, status why) {
  if (why == status::deadlock) ++counts_.deadlocks;
  if (why == status::serialization_failure) ++counts_.serialization_failures;
  roll_back(me);
  return why;
}

inline void version_store::roll_back(transaction& me) {
  for (const auto& [key, writes] : me.written) {
    std::erase_if(rows_[key].versions, [&](const version& v) { return v.id.writer == me.id; });
  }
  conflicts_.abort(me.id);
  ++counts_.rollbacks;
  end(me);
}

inline void version_store::end(transaction& me) {
  release_rows(me);
  transactions_.erase(me.id);
  conflicts_.forget_before(vacuum_horizon());
}

}  // namespace heddle::targets::mvcc
