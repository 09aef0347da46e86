// The read-write conflicts among serializable transactions, and who must give way: serializable snapshot
// isolation (SSI).
//
// Source: Cahill, Röhm, Fekete, "Serializable isolation for snapshot databases", SIGMOD 2008; Ports &
// Grittner, "Serializable snapshot isolation in PostgreSQL", VLDB 2012, whose commit-order and read-only
// optimisations are used here.
//
// Theorem (Fekete et al. 2005): every cycle in a snapshot-isolated history has two consecutive conflicts
//
//     in --rw--> pivot --rw--> out      (`in` read what `pivot` replaced, `pivot` read what `out` replaced)
//
// where `out` is the first of the three to commit (`in` and `out` may be one). If `in` writes nothing, `out`
// moreover committed before `in` took its snapshot. Whoever would complete such a structure is doomed: the
// pivot while it is active, else the reader.
//
// Complexity: a call costs O(transactions remembered · log); a transaction is forgotten when no active one is
// concurrent with it. Not synchronised: the store calls it under its latch.
//
// Deviations from PostgreSQL: no summary of old transactions, no promotion of key locks to coarser ones, no
// safe snapshots.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <heddle/targets/mvcc/types.hpp>

namespace heddle::targets::mvcc {

class conflict_tracker {
 public:
  /// From its first statement on, a transaction that reads and writes at `snapshot`.
  void start(txn_id id, bool read_only, timestamp snapshot) {
    transactions_.try_emplace(id, transaction{.snapshot = snapshot, .read_only = read_only});
  }

  /// `reader` saw a version that these transactions (committed after its snapshot, or active) have replaced.
  void saw_replaced(txn_id reader, std::span<const txn_id> writers) {
    transaction* from = find(reader);
    if (from == nullptr) return;
    for (const txn_id writer : writers) {
      transaction* to = writer == reader ? nullptr : find(writer);
      if (to != nullptr) add_conflict(reader, *from, *to);
    }
  }

  /// Remembers that `reader` depends on the state of each key in [first, last], present or not.
  void remember_read(txn_id reader, key_type first, key_type last) {
    if (transaction* t = find(reader)) t->reads.emplace(first, last);
  }

  /// `writer` replaces the newest version of `key`: a conflict with every concurrent transaction that has
  /// read it.
  void write(txn_id writer, key_type key) {
    transaction* to = find(writer);
    if (to == nullptr) return;
    to->wrote = true;
    for (auto& [id, from] : transactions_) {
      const bool concurrent = from.active() || from.committed_at > to->snapshot;
      if (id != writer && concurrent && from.has_read(key)) add_conflict(id, from, *to);
    }
  }

  /// True if the transaction must not commit.
  bool doomed(txn_id id) const {
    const auto found = transactions_.find(id);
    return found != transactions_.end() && found->second.doomed;
  }

  /// The transaction is decided. Precondition: it is not doomed; `at` is no less than every earlier
  /// decision's.
  void commit(txn_id id, timestamp at) {
    transaction* out = find(id);
    if (out == nullptr) return;
    out->committed_at = at;
    out->finished = true;
    if (!out->wrote) return;
    for (const txn_id reader : out->in_conflicts) {
      transaction* pivot = find(reader);
      if (pivot == nullptr) continue;
      pivot->earliest_out = std::min(pivot->earliest_out, at);
      if (pivot->active() && completes_structure(*pivot)) pivot->doomed = true;
    }
  }

  void abort(txn_id id) {
    transactions_.erase(id);
    for (auto& [other, t] : transactions_) t.in_conflicts.erase(id);
  }

  /// Forgets what committed no later than every snapshot that is or can yet be in use.
  void forget_before(timestamp oldest_snapshot) {
    std::erase_if(transactions_, [&](const auto& entry) {
      return !entry.second.active() && entry.second.committed_at <= oldest_snapshot;
    });
  }

  std::uint64_t conflicts() const { return conflicts_; }

  std::size_t reads_remembered() const {
    std::size_t sum = 0;
    for (const auto& [id, t] : transactions_) sum += t.reads.size();
    return sum;
  }

 private:
  static constexpr timestamp none = std::numeric_limits<timestamp>::max();

  struct transaction {
    timestamp snapshot = 0;
    bool read_only = false;
    bool wrote = false;
    bool doomed = false;
    bool finished = false;
    timestamp committed_at = none;
    timestamp earliest_out = none;    // the first commit among those that replaced what this one read
    std::set<txn_id> in_conflicts{};  // those that read what this one replaced
    std::set<std::pair<key_type, key_type>> reads{};

    bool active() const { return !finished; }
    bool writes_nothing() const { return read_only || (finished && !wrote); }
    bool has_read(key_type key) const {
      return std::any_of(reads.begin(), reads.end(),
                         [&](const auto& r) { return r.first <= key && key <= r.second; });
    }
  };

  transaction* find(txn_id id) {
    const auto found = transactions_.find(id);
    return found == transactions_.end() ? nullptr : &found->second;
  }

  void add_conflict(txn_id reader, transaction& from, transaction& to) {
    if (!to.in_conflicts.insert(reader).second) return;
    ++conflicts_;
    if (!to.active()) {
      from.earliest_out = std::min(from.earliest_out, to.committed_at);
      if (completes_structure(from)) from.doomed = true;
    }
    if (dangerous(from, to)) (to.active() ? to : from).doomed = true;
  }

  bool completes_structure(const transaction& pivot) {
    return std::any_of(pivot.in_conflicts.begin(), pivot.in_conflicts.end(), [&](txn_id id) {
      const transaction* in = find(id);
      return in != nullptr && dangerous(*in, pivot);
    });
  }

  /// in --rw--> pivot --rw--> the earliest committed of those that replaced what the pivot read: if that one
  /// is harmless, all are.
  static bool dangerous(const transaction& in, const transaction& pivot) {
    const timestamp out = pivot.earliest_out;
    if (out == none || pivot.committed_at < out || in.committed_at < out) return false;
    return !in.writes_nothing() || out <= in.snapshot;
  }

  std::map<txn_id, transaction> transactions_;
  std::uint64_t conflicts_ = 0;
};

}  // namespace heddle::targets::mvcc
