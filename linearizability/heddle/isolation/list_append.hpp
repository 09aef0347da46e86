// Which isolation level does a history of transactions satisfy that append to lists and read them?
//
// A list tells its own history: from what was read follow the versions of each key and their order, hence
// all dependencies (Kingsbury & Alvaro, Elle, VLDB 2020). What was appended and never read comes after all
// that was read, in an unknown order.
//
//   list_append_history history;
//   history.begin(process, invoked, returned, status::committed);
//   history.append(3, 17);
//   history.read(4, list);
//   …
//   const findings f = analyse(history);
//
// Beside Adya's anomalies there may be found: a read of an element that nobody appended, the same element
// twice in a list, and lists of which neither is a prefix of the other (incompatible orders). None of the
// levels holds then.
//
// Complexity: reading in takes time in proportion to the lists, memory in proportion to the operations: of
// lists that are prefixes of one another only the longest is kept. The rest as in isolation.hpp.
//
// Deviations: reads of transactions that are not committed are ignored. Where appends were never read, what
// holds is "no violation can be shown": the unknown order could still make one of snapshot isolation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <heddle/isolation/isolation.hpp>

namespace heddle::isolation {

class list_append_history {
 public:
  list_append_history();
  ~list_append_history();
  list_append_history(list_append_history&&) noexcept;
  list_append_history& operator=(list_append_history&&) noexcept;

  /// Begins the description of the next transaction; its operations follow in program order. Transactions
  /// are numbered from 0 and may come in any order. `invoked` and `returned` as in isolation::transaction:
  /// positions in real-time order, the latter `never` if the outcome is unknown.
  void begin(std::uint32_t process, std::uint32_t invoked, std::uint32_t returned, status end);
  /// The elements of one list must be different.
  void append(key_id key, std::int64_t element);
  /// What a read returned. A read without a known result is left out.
  void read(key_id key, std::span<const std::int64_t> list);

  /// Number of transactions.
  std::size_t size() const;

 private:
  friend class list_append_analysis;
  struct contents;
  std::unique_ptr<contents> contents_;
};

/// Throws std::invalid_argument, naming the transaction, if an element is appended twice to a key, or if a
/// process runs two transactions at once.
findings analyse(const list_append_history& history, const analysis_options& options = {.sessions = true});

}  // namespace heddle::isolation
