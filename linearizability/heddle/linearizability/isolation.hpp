// Which isolation level does a history of transactions satisfy, and by which of Adya's anomalies does it miss
// the others?
//
// The Direct Serialization Graph has the committed transactions as nodes and their dependencies as edges: ww
// (overwrote), wr (read from), rw (read what the other overwrote). Anomalies are kinds of cycles in it; each
// is shown by a shortest cycle per characteristic edge. With real-time edges (returned before the other was
// begun) the strict levels are decided.
//
// Sources: Adya, Weak Consistency (PhD thesis, MIT 1999); Cerone & Gotsman, Analysing Snapshot Isolation
// (PODC 2016); Kingsbury & Alvaro, Elle (VLDB 2020); Berenson et al., A Critique of ANSI SQL Isolation Levels
// (SIGMOD 1995) for the plain words; Fekete, O'Neil & O'Neil 2004 for the read-only transaction anomaly.
//
// Complexity: O(E²) for E dependencies, meant for histories of up to a few hundred transactions.
//
// Deviations: an "internal" anomaly (a transaction does not see its own writes), which Adya's notion of a
// history excludes, violates every level. A predicate dependency exists only where a version changes whether
// the row matches.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heddle::isolation {

using key_id = std::int64_t;
/// A version of some key; every write of a history makes a version of its own.
using version_id = std::uint32_t;

inline constexpr std::uint32_t never = std::numeric_limits<std::uint32_t>::max();
/// What a key has before the first write, absence included.
inline constexpr version_id initial_version = never;

struct seen_version {
  key_id key = 0;
  version_id version = initial_version;
};

/// A read of everything that matches a predicate.
struct predicate_read {
  /// What was seen of every key that the predicate ranges over, of absent ones too.
  std::vector<seen_version> covered;
  /// The versions of these keys, in the whole history, that match; initial versions never do.
  std::vector<version_id> matching;
};

/// One step of a transaction.
struct event {
  enum class kind : std::uint8_t { read, write, predicate };
  kind what = kind::read;
  key_id key = 0;
  version_id version = initial_version;  ///< seen or made
  predicate_read predicate = {};

  static event read(key_id key, version_id seen) { return {kind::read, key, seen}; }
  static event write(key_id key, version_id made) { return {kind::write, key, made}; }
  static event scan(predicate_read seen) { return {kind::predicate, 0, initial_version, std::move(seen)}; }
};

enum class status : std::uint8_t {
  committed,
  aborted,
  unknown,  ///< counts as committed if a version of it was installed or read by a committed transaction
};

struct transaction {
  std::uint32_t process = 0;
  std::uint32_t invoked = 0;       ///< position of its begin in real-time order
  std::uint32_t returned = never;  ///< position of the response to commit or abort; `never` if there was none
  status end = status::committed;
  std::vector<event> events = {};  ///< in program order
};

/// Per key the installed versions, oldest first, without the initial one. Versions that no committed
/// transaction left are ignored. A key may be missing if its order is not known: then only its wr edges
/// count.
using version_orders = std::map<key_id, std::vector<version_id>>;

/// The orders that follow from transactions that read a key before they wrote it, for the keys where that
/// orders all versions.
version_orders infer_version_orders(std::span<const transaction> history);

enum class dependency : std::uint8_t { ww, wr, rw, realtime };

struct edge {
  std::uint32_t from = 0;  ///< index of a transaction
  dependency what = dependency::ww;
  std::optional<key_id> key = std::nullopt;  ///< unless realtime
  bool by_predicate = false;
  std::uint32_t to = 0;
  bool operator==(const edge&) const = default;
};

enum class phenomenon : std::uint8_t {
  internal,
  g0,
  g1a,
  g1b,
  g1c,
  g_single,
  g_nonadjacent,
  g2_item,
  g2,
};

struct anomaly {
  phenomenon what = phenomenon::g0;
  bool realtime = false;  ///< a cycle only because of real-time order
  std::string plain;      ///< "lost update", "write skew", …
  std::vector<edge>
      cycle;  ///< ends where it starts; for G1a and G1b the one wr edge, for internal the lost write's
};

/// "G-single", "G2-item-realtime", …
std::string name(const anomaly& a);
/// "G-single (lost update): T1 -rw x0-> T2 -ww x0-> T1", transactions counted from 0.
std::string to_text(const anomaly& a);

enum class level : std::uint8_t {
  read_committed,             ///< PL-2
  repeatable_read,            ///< PL-2.99
  snapshot_isolation,         ///< PL-SI
  strong_snapshot_isolation,  ///< and every transaction sees what was committed before it began
  serializable,               ///< PL-3
  strict_serializable,
};

class findings {
 public:
  /// One anomaly per kind and set of transactions, the gravest kinds first. Real-time anomalies are left out
  /// where the same transactions show one without.
  const std::vector<anomaly>& anomalies() const { return anomalies_; }
  bool satisfies(level l) const { return satisfied_[static_cast<std::size_t>(l)]; }
  /// The satisfied levels that no other satisfied level implies; empty if not even read committed.
  std::vector<level> strongest() const;

 private:
  friend class analysis;
  std::vector<anomaly> anomalies_;
  bool satisfied_[6] = {};
};

/// Throws std::invalid_argument, naming the transaction, if a version is read or ordered that was never
/// written, or written twice.
findings analyse(std::span<const transaction> history, const version_orders& orders);

}  // namespace heddle::isolation
