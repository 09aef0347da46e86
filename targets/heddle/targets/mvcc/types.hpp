// Vocabulary of the transactional stores: isolation levels, statuses, the transaction handle, and what a
// transaction saw.
//
// Statuses carry PostgreSQL's SQLSTATE in their comments. Every failure rolls the transaction back at once:
// its locks are free and its writes are gone before the caller hears of it, so that "failed" always means
// "had no effect".
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace heddle::targets::mvcc {

using key_type = std::int64_t;
using value_type = std::int64_t;
using txn_id = std::uint64_t;
/// Position in the order of commits; 0 is before the first.
using timestamp = std::uint64_t;

/// What a transaction asks for. A store may give more, never less.
enum class isolation : std::uint8_t { read_committed, snapshot, serializable };

enum class status : std::uint8_t {
  ok,
  deadlock,               ///< 40P01: this transaction closed a cycle of waiting and was chosen as the victim
  serialization_failure,  ///< 40001: no serial (or snapshot) order has room for this transaction; try it
                          ///< again
  read_only_transaction,  ///< 25006: a write in a transaction that was begun as read-only
  no_active_transaction,  ///< 25P01: the transaction has committed or was rolled back earlier
};

template <class T>
struct result {
  status code = status::ok;
  T value{};  ///< meaningful only if code is ok
  explicit operator bool() const { return code == status::ok; }
};

/// Names a version of a key: the transaction that wrote it, and the how-manieth write of that transaction to
/// that key (0, 1, …). The default value names the absence of a key that nobody has written yet.
struct version_id {
  txn_id writer = 0;
  std::uint32_t index = 0;
  auto operator<=>(const version_id&) const = default;
};

/// One entry of the record of what a transaction did, in order. A predicate read is a `range` entry, followed
/// by a `read` entry for every key of the range that has a version (a deleted key's last version included),
/// whether its value matched or not; keys of the range without an entry were seen as never written.
struct access {
  enum class kind : std::uint8_t { read, range, write };
  kind what = kind::read;
  key_type key = 0;       ///< the key, or the least key of the range
  key_type last = 0;      ///< the greatest key of the range; otherwise equal to `key`
  version_id version{};   ///< the version seen or written; unused for `range`
  version_id replaced{};  ///< of a write: the version that it directly follows in the key's version order
};

/// A client's handle of a transaction, from begin to commit or abort. Used by one thread at a time.
struct txn {
  txn_id id = 0;
  isolation level = isolation::serializable;
  bool read_only = false;
  timestamp committed_at =
      0;  ///< set by a successful commit; transactions that wrote nothing share their predecessor's
  std::vector<access>
      accesses{};  ///< what it saw and wrote: enough to build the dependency graph of a history
};

using key_value = std::pair<key_type, value_type>;
using predicate = std::function<bool(key_type, value_type)>;
using transform = std::function<value_type(value_type)>;

/// Counters since construction, for monitoring and for tests that ask whether a rare path was reached.
struct statistics {
  std::uint64_t commits = 0;
  std::uint64_t rollbacks = 0;
  std::uint64_t deadlocks = 0;
  std::uint64_t serialization_failures = 0;
  std::uint64_t rw_conflicts = 0;  ///< reads found to be overwritten by a concurrent serializable transaction
  std::uint64_t siread_locks = 0;  ///< keys and ranges remembered at this moment
  std::uint64_t versions = 0;      ///< stored at this moment
};

}  // namespace heddle::targets::mvcc
