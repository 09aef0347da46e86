// Recorded transactions, judged by their dependencies (isolation.hpp): any isolation level, in histories of
// any length. What a recorded history says is put in the terms of list_append.hpp and registers.hpp.
//
// A transaction is an operation whose argument is a list of reads and writes and whose answer is the same
// list with what was read. ok is committed, fail aborted, info unknown. A process that goes on after an
// unknown outcome is a new session.
//
// Deviations from the models' own definition, which the general search decides for small histories: where the
// order of versions is unknown (appends never read, registers written blindly) a violation may go unseen.
// What is said to be violated is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <heddle/recorded/history.hpp>
#include <heddle/recorded/judgement.hpp>

namespace heddle::recorded {

/// One read or write of a transaction.
struct micro_operation {
  bool writes = false;
  value key;
  const value& content;  ///< written or seen; null: nothing, or not told
};

enum class transaction_data { lists, registers };

/// How transactions are written.
struct transaction_notation {
  std::string operation;  ///< the name of the model's one operation
  transaction_data data = transaction_data::lists;
  /// Calls `visit` for each step. Throws value_error.
  std::function<void(const value& text, const std::function<void(const micro_operation&)>& visit)> steps;
};

/// Nothing if the dependencies cannot be told (a value is written to a key twice, a register is emptied, an
/// answer is about other steps than were asked for, or there are several objects), but strict
/// serializability, which the general search decides too, is asked for; for other levels that is a
/// history_error. Throws history_error also if a transaction is written otherwise.
std::optional<judgement> judge_transactions(const transaction_notation& notation, history& h,
                                            const judge_options& options);

/// The transactions in a cycle, each once, from its start.
std::vector<std::uint32_t> participants(const isolation::anomaly& a);

/// Transactions by their places (history.hpp); keys and values as they were written.
/// Must not outlive the history.
isolation::naming names_in(const history& h);

}  // namespace heddle::recorded
