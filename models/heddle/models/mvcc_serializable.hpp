// Sequential specification of a strictly serializable store: one object, whose operation is a whole
// transaction.
//
// Linearizability of that object is strict serializability: every committed transaction seems to run alone at
// one moment between its begin and the return of its commit. The moments concern all keys at once, so a
// history must never be partitioned by key.
//
// Forbids: G0, G1a, G1b, G1c, G-single (lost update, read skew), G-nonadjacent (long fork), G2-item (write
// skew, the read-only-transaction anomaly), G2 (phantoms), stale reads. Allows: none of Adya's anomalies.
//
// Source: Papadimitriou 1979; Herlihy & Wing 1990; Adya 1999.
//
// A transaction is a script of statements fixed beforehand; what each statement returned is recorded. The
// weaker siblings, mvcc_snapshot_isolation and mvcc_read_committed, share script and result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <heddle/linearizability/model.hpp>

namespace heddle::models {

struct mvcc_serializable {
  using table = std::map<std::int64_t, std::int64_t>;

  struct statement {
    enum class kind : std::uint8_t {
      get,             ///< the row of `key`, or none
      get_for_update,  ///< the same
      put,             ///< key := operand; returns nothing
      del,             ///< removes key; returns nothing
      scan,            ///< the rows with key <= k <= last and value >= operand, in key order
      add,             ///< key := value (0 if absent) + operand; returns the new row
      append,          ///< key := value (0 if absent) · 16 + operand; a list of digits; returns the new row
    };
    kind what = kind::get;
    std::int64_t key = 0;
    std::int64_t last = 0;
    std::int64_t operand = 0;
    bool operator==(const statement&) const = default;

    bool writes() const {
      return what == kind::put || what == kind::del || what == kind::add || what == kind::append;
    }
    bool locks() const { return writes() || what == kind::get_for_update; }
  };

  struct script {
    std::vector<statement> statements{};
    bool read_only = false;
    bool roll_back = false;  ///< ends with abort instead of commit
    bool operator==(const script&) const = default;
  };

  struct row {
    std::int64_t key = 0;
    std::int64_t value = 0;
    bool operator==(const row&) const = default;
  };

  enum class status : std::uint8_t { committed, rolled_back, deadlock, serialization_failure };

  struct transaction_result {
    status end = status::committed;
    std::vector<std::vector<row>> seen{};  ///< per statement; shorter than the script if a statement failed
    bool operator==(const transaction_result&) const = default;
  };

  table data{};

  bool operator==(const mvcc_serializable&) const = default;

  /// Aborted: always permitted, no effect. Committed: each statement returned what it would have, run alone
  /// on the present state. Unknown: took effect as a whole.
  bool transaction(const script& s, const observed<transaction_result>& result) {
    if (const fate what = judge(s, result); what != fate::commits) return what == fate::has_no_effect;
    table after = data;
    for (std::size_t i = 0; i < s.statements.size(); ++i) {
      const std::vector<row> rows = run(s.statements[i], after);
      if (!may_have_seen(result, i, rows)) return false;
    }
    data = std::move(after);
    return true;
  }

  enum class fate : std::uint8_t { commits, has_no_effect, impossible };

  /// What a script's end was, or may have been. A store does not throw.
  static fate judge(const script& s, const observed<transaction_result>& result) {
    if (result.threw()) return fate::impossible;
    const bool committed = result.returned() ? result.value().end == status::committed : !s.roll_back;
    if (committed) return s.roll_back ? fate::impossible : fate::commits;
    return fate::has_no_effect;
  }

  /// Runs one statement alone and returns what it returns.
  static std::vector<row> run(const statement& s, table& on) {
    using kind = statement::kind;
    switch (s.what) {
      case kind::put:
        on[s.key] = s.operand;
        return {};
      case kind::del:
        on.erase(s.key);
        return {};
      case kind::add:
        return {{s.key, on[s.key] += s.operand}};
      case kind::append:
        return {{s.key, on[s.key] = on[s.key] * 16 + s.operand}};
      case kind::scan:
        return rows_between(on, s.key, s.last, s.operand);
      case kind::get:
      case kind::get_for_update:
        break;
    }
    const auto found = on.find(s.key);
    return found == on.end() ? std::vector<row>{} : std::vector<row>{{s.key, found->second}};
  }

  /// Whether the i-th statement may have returned these rows.
  static bool may_have_seen(const observed<transaction_result>& result, std::size_t i,
                            const std::vector<row>& rows) {
    return !result.returned() || (i < result.value().seen.size() && result.value().seen[i] == rows);
  }

 private:
  static std::vector<row> rows_between(const table& in, std::int64_t first, std::int64_t last,
                                       std::int64_t least) {
    std::vector<row> rows;
    for (auto it = in.lower_bound(first); it != in.end() && it->first <= last; ++it) {
      if (it->second >= least) rows.push_back({it->first, it->second});
    }
    return rows;
  }
};

}  // namespace heddle::models
