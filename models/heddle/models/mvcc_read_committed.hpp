// Sequential specification of read committed: every statement is one atomic action, and so is the commit.
//
// A statement sees the committed state of its moment, overlaid with its transaction's own writes; it is
// enabled only while no other transaction holds the row that it wants to write. A read-modify-write (add,
// append) works on the newest committed value, so that it never loses an update, while get then put may. The
// contract turns a transaction of n statements into n + 1 actions, each after the one before it.
//
// Forbids: G0 (dirty write), G1a (aborted read), G1b (intermediate read), G1c (circular information flow), a
// scan that shows half of a commit, a lost update by read-modify-write. Allows: G-single (lost update by get
// and put, read skew), fuzzy reads, phantoms, write skew.
//
// Source: PostgreSQL's READ COMMITTED; Adya 1999 (PL-2). The specification is stronger than PL-2 where
// PostgreSQL is: reads are never stale, a scan is one snapshot, an update rechecks. The dependency graph
// alone would let those go.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include <heddle/linearizability/model.hpp>
#include <heddle/models/mvcc_serializable.hpp>

namespace heddle::models {

struct mvcc_read_committed {
  using script = mvcc_serializable::script;
  using transaction_result = mvcc_serializable::transaction_result;
  using fate = mvcc_serializable::fate;

  struct open_transaction {
    std::map<std::int64_t, std::optional<std::int64_t>> writes{};  ///< none: deleted
    std::set<std::int64_t> locks{};
    bool operator==(const open_transaction&) const = default;
  };

  mvcc_serializable::table data{};
  std::map<std::uint32_t, open_transaction> running{};  ///< by process

  bool operator==(const mvcc_read_committed&) const = default;

  /// The statement with this index of the script took effect. Statements of transactions that did not commit
  /// are not judged.
  bool statement(caller who, const script& s, std::uint32_t index,
                 const observed<transaction_result>& result) {
    if (mvcc_serializable::judge(s, result) != fate::commits) return true;
    const mvcc_serializable::statement& now = s.statements[index];
    if (now.locks() && is_locked_by_other(who.process, now.key)) return false;
    open_transaction& mine = running[who.process];
    mvcc_serializable::table view = data;
    overlay(view, mine.writes);
    if (!mvcc_serializable::may_have_seen(result, index, mvcc_serializable::run(now, view))) return false;
    if (now.locks()) mine.locks.insert(now.key);
    if (now.writes()) {
      const auto found = view.find(now.key);
      mine.writes[now.key] = found == view.end() ? std::nullopt : std::optional(found->second);
    }
    return true;
  }

  /// The end of a transaction. Aborted: always permitted, for whatever reason, no effect. Unknown: committed.
  bool finish(caller who, const script& s, const observed<transaction_result>& result) {
    if (const fate what = mvcc_serializable::judge(s, result); what != fate::commits) {
      return what == fate::has_no_effect;
    }
    overlay(data, running[who.process].writes);
    running.erase(who.process);
    return true;
  }

 private:
  static void overlay(mvcc_serializable::table& on,
                      const std::map<std::int64_t, std::optional<std::int64_t>>& writes) {
    for (const auto& [key, value] : writes) {
      if (value) {
        on[key] = *value;
      } else {
        on.erase(key);
      }
    }
  }

  bool is_locked_by_other(std::uint32_t process, std::int64_t key) const {
    return std::any_of(running.begin(), running.end(), [&](const auto& entry) {
      return entry.first != process && entry.second.locks.contains(key);
    });
  }
};

}  // namespace heddle::models
