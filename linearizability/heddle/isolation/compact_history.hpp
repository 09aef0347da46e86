// The form in which histories of transactions are analysed: numbers in flat arrays, a few bytes per step.
// isolation.hpp, list_append.hpp and registers.hpp turn what they are given into it.
//
// Keys, versions and transactions are numbered from 0. Precondition of everything here: the numbers are
// valid, so malformed histories are refused before they get this far.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <heddle/isolation/isolation.hpp>

namespace heddle::isolation {

struct compact_step {
  enum class kind : std::uint8_t {
    read,
    foreign_read,  ///< the part of a read that other transactions wrote; own writes have been checked
    write,
    predicate,
  };
  kind what = kind::read;
  std::uint32_t key = 0;
  std::uint32_t version = initial_version;  ///< or the number of the predicate read

  bool is_read() const { return what == kind::read || what == kind::foreign_read; }
};

struct compact_transaction {
  std::uint32_t process = 0;
  std::uint32_t invoked = 0;
  std::uint32_t returned = never;
  std::uint32_t first_step = 0;
  status end = status::committed;
};

struct compact_version {
  std::uint32_t key = 0;
  std::uint32_t writer = 0;
  bool final = true;  ///< the writer's last of the key
};

struct compact_predicate {
  struct seen {
    std::uint32_t key = 0;
    std::uint32_t version = initial_version;
  };
  std::vector<seen> covered;
  std::vector<std::uint32_t> matching;  ///< ascending
};

/// What is known of the order of a key's versions.
struct compact_order {
  bool known = false;  ///< if not, nothing at all
  std::vector<std::uint32_t> ordered;
  std::vector<std::uint32_t> later;  ///< after all ordered ones, in an unknown order
};

struct compact_history {
  std::vector<key_id> keys;  ///< their names
  std::vector<compact_transaction> transactions;
  std::vector<compact_step> steps;  ///< of all transactions, one after the other
  std::vector<compact_version> versions;
  std::vector<compact_predicate> predicates;
  std::vector<compact_order> orders;  ///< by key
  /// Further knowledge: the second version comes some time after the first. Only for keys whose `ordered` is
  /// empty.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> replaced;
  /// Every write shows in the versions that follow, so those that are not final have their place in the
  /// order too.
  bool cumulative = false;
  std::vector<anomaly> found;  ///< what came to light already

  std::span<const compact_step> steps_of(std::uint32_t transaction) const {
    const std::size_t first = transactions[transaction].first_step;
    const std::size_t end =
        transaction + 1 == transactions.size() ? steps.size() : transactions[transaction + 1].first_step;
    return {steps.data() + first, end - first};
  }

  /// Calls f(key, version) for what a step saw.
  template <class F>
  void for_each_seen(const compact_step& s, F&& f) const {
    if (s.is_read()) f(s.key, s.version);
    if (s.what != compact_step::kind::predicate) return;
    for (const auto& seen : predicates[s.version].covered) f(seen.key, seen.version);
  }
};

/// Which transactions took effect: the committed ones, and of those with unknown outcome the ones whose
/// writes showed.
std::vector<bool> effective_transactions(const compact_history& history);

/// A transaction that took effect read one version of a key, and its final write made another.
struct replacement {
  std::uint32_t key = 0;
  std::uint32_t before = initial_version;
  std::uint32_t after = 0;
};
std::vector<replacement> replacements(const compact_history& history, const std::vector<bool>& effective);

/// The findings of any history.
findings analyse(compact_history history, const analysis_options& options);

}  // namespace heddle::isolation
