// Sequential specification of strong snapshot isolation: a transaction is two atomic actions, `start` and
// `finish`.
//
// `start` takes a snapshot at some moment of the transaction's interval, so it holds every commit that
// returned before begin (the "strong" clause). `finish`, after it, holds if all statements returned what they
// would have on the snapshot and the transaction's own writes, and no row that it wrote or locked has changed
// since the snapshot; it then installs all writes at once. A history is strongly snapshot-isolated if every
// committed transaction has such a pair of moments. Vacuum does not exist here: it must be unobservable.
//
// Forbids: G0, G1a, G1b, G1c, G-single (lost update, read skew, fractured read), G-nonadjacent (long fork),
// stale snapshots. Allows: G2-item and G2 (write skew on rows and predicates, the read-only-transaction
// anomaly).
//
// Source: Berenson et al. 1995; Adya 1999 (PL-SI); Crooks et al. 2017 (a client-centric definition).
//
// The dependency graph (linearizability's isolation checker) names the anomaly, and copes with long
// histories, in which the search over moments is slow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

#include <heddle/linearizability/model.hpp>
#include <heddle/models/mvcc_serializable.hpp>

namespace heddle::models {

struct mvcc_snapshot_isolation {
  using script = mvcc_serializable::script;
  using transaction_result = mvcc_serializable::transaction_result;
  using fate = mvcc_serializable::fate;

  struct snapshot {
    mvcc_serializable::table data{};
    std::set<std::int64_t> changed_since{};  ///< keys
    bool operator==(const snapshot&) const = default;
  };

  mvcc_serializable::table data{};
  std::map<std::uint32_t, snapshot> running{};  ///< by process

  bool operator==(const mvcc_snapshot_isolation&) const = default;

  bool start(caller who, const script& s, const observed<transaction_result>& result) {
    if (mvcc_serializable::judge(s, result) == fate::commits) running[who.process] = {data, {}};
    return true;
  }

  /// Aborted: always permitted, no effect. Unknown: committed.
  bool finish(caller who, const script& s, const observed<transaction_result>& result) {
    if (const fate what = mvcc_serializable::judge(s, result); what != fate::commits) {
      return what == fate::has_no_effect;
    }
    const auto mine = running.find(who.process);
    if (mine == running.end()) return false;
    mvcc_serializable::table view = std::move(mine->second.data);
    const std::set<std::int64_t> changed = std::move(mine->second.changed_since);
    running.erase(mine);
    std::set<std::int64_t> written;
    for (std::size_t i = 0; i < s.statements.size(); ++i) {
      const auto& statement = s.statements[i];
      if (statement.locks() && changed.contains(statement.key)) return false;
      if (!mvcc_serializable::may_have_seen(result, i, mvcc_serializable::run(statement, view))) return false;
      if (statement.writes()) written.insert(statement.key);
    }
    install(written, view);
    return true;
  }

 private:
  void install(const std::set<std::int64_t>& written, const mvcc_serializable::table& view) {
    for (const std::int64_t key : written) {
      const auto found = view.find(key);
      if (found == view.end()) {
        data.erase(key);
      } else {
        data[key] = found->second;
      }
    }
    for (auto& [process, other] : running) other.changed_since.insert(written.begin(), written.end());
  }
};

}  // namespace heddle::models
