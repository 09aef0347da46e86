// Which isolation level does a history of transactions satisfy, and by which of Adya's anomalies does it miss
// the others?
//
// The Direct Serialization Graph has the committed transactions as nodes and their dependencies as edges: ww
// (overwrote), wr (read from), rw (read what the other overwrote). Anomalies are kinds of cycles in it; each
// is shown by a shortest cycle per characteristic edge. With session edges (the same process, earlier) and
// real-time edges (returned before the other was begun) the strong levels are decided.
//
// Sources: Adya, Weak Consistency (PhD thesis, MIT 1999); Cerone & Gotsman, Analysing Snapshot Isolation
// (PODC 2016); Kingsbury & Alvaro, Elle (VLDB 2020); Berenson et al., A Critique of ANSI SQL Isolation Levels
// (SIGMOD 1995) for the plain words; Fekete, O'Neil & O'Neil 2004 for the read-only transaction anomaly.
//
// Complexity: O(n log n) for n operations to decide the levels, of which only the cyclic parts of the graph
// are searched for anomalies: each in O(E²) for E dependencies in it, cut off by `max_search_steps`.
//
// Deviations: an "internal" anomaly (a transaction does not see its own writes), which Adya's notion of a
// history excludes, violates every level. A predicate dependency exists only where a version changes whether
// the row matches.
#pragma once

#include <array>
#include <cstddef>
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

enum class dependency : std::uint8_t { ww, wr, rw, session, realtime };

struct edge {
  std::uint32_t from = 0;  ///< index of a transaction
  dependency what = dependency::ww;
  std::optional<key_id> key = std::nullopt;  ///< unless session or realtime
  bool by_predicate = false;
  std::uint32_t to = 0;
  bool operator==(const edge&) const = default;
};

enum class phenomenon : std::uint8_t {
  garbage_read,        ///< of what nobody wrote (list_append.hpp, registers.hpp)
  duplicate_elements,  ///< a list with the same element twice (list_append.hpp)
  incompatible_order,  ///< no order of a key's versions explains what was read
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
  /// Ends where it starts; for G1a and G1b the one wr edge, for internal the lost write's; for what is wrong
  /// with the reads of a key, from one transaction concerned to the other (or itself).
  std::vector<edge> cycle;
  bool session = false;     ///< a cycle only because of session order
  std::string detail = {};  ///< values, where a cycle does not tell: "read [1 7], but 7 was never appended"
};

/// "G-single", "G2-item-realtime", …
std::string name(const anomaly& a);
/// "G-single (lost update): T1 -rw x0-> T2 -ww x0-> T1", transactions counted from 0.
std::string to_text(const anomaly& a);

/// The `session` ones are decided only where analysis_options asks for it.
enum class level : std::uint8_t {
  read_committed,                     ///< PL-2
  repeatable_read,                    ///< PL-2.99
  snapshot_isolation,                 ///< PL-SI
  strong_session_snapshot_isolation,  ///< and every transaction sees what its process saw and wrote before
  strong_snapshot_isolation,          ///< and every transaction sees what was committed before it began
  serializable,                       ///< PL-3
  strong_session_serializable,        ///< in an order that keeps that of each process
  strict_serializable,                ///< in an order that keeps real time
};
inline constexpr std::size_t level_count = 8;

/// "strict serializable", …
std::string name(level l);

class findings {
 public:
  /// One anomaly per kind and set of transactions, the gravest kinds first. Real-time anomalies are left out
  /// where the same transactions show one without.
  const std::vector<anomaly>& anomalies() const { return anomalies_; }
  bool satisfies(level l) const { return satisfied_[static_cast<std::size_t>(l)]; }
  /// The satisfied levels that no other satisfied level implies; empty if not even read committed.
  std::vector<level> strongest() const;
  /// False if `max_search_steps` were used up, so that there may be more anomalies than shown. Levels are
  /// decided in any case, and each that is violated has an anomaly that shows it.
  bool complete() const { return complete_; }

 private:
  friend class analysis;
  std::vector<anomaly> anomalies_;
  std::array<bool, level_count> satisfied_ = {};
  bool complete_ = true;
};

struct analysis_options {
  /// Look at the order of each process's transactions too. They must not overlap.
  bool sessions = false;
  /// Dependencies followed in search of anomalies.
  std::uint64_t max_search_steps = 100'000'000;
};

/// Throws std::invalid_argument, naming the transaction, if a version is read or ordered that was never
/// written, or written twice, or if sessions are asked for and a process runs two transactions at once.
findings analyse(std::span<const transaction> history, const version_orders& orders,
                 const analysis_options& options = {});

}  // namespace heddle::isolation
