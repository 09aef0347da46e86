// What is found out about a recorded history.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <heddle/conditions/condition.hpp>
#include <heddle/isolation/isolation.hpp>
#include <heddle/linearizability/checker.hpp>
#include <heddle/recorded/history.hpp>

namespace heddle::recorded {

struct judge_options {
  std::optional<std::chrono::nanoseconds> time_max =
      std::nullopt;  ///< of wall-clock time; then the verdict is unknown
  std::uint64_t steps_max = std::numeric_limits<std::uint64_t>::max();  ///< of the search, per history
  std::function<bool()> stop = nullptr;  ///< asked now and then: true gives up, as if the steps were used up
  std::optional<value> initial =
      std::nullopt;      ///< what the object holds at first, if not what the model says
  bool explain = true;   ///< fill in `why` of violations
  bool monitors = true;  ///< ask a monitor, or the dependency graph, before the general search
  /// Fill in `order`, which monitors cannot: the search decides. Conditions on registers have none.
  bool witness = false;
  heddle::condition condition = heddle::condition::linearizability;
  /// What transactions have to satisfy, if the condition is linearizability.
  isolation::level level = isolation::level::strict_serializable;
  /// Of the states in `order`: longer ones are cut in the middle, for they grow with the history.
  std::size_t state_text_max = std::numeric_limits<std::size_t>::max();
};

/// An operation in its place of an order, and the object's state thereafter.
struct placed_operation {
  std::uint32_t entry = 0;  ///< of the history
  value state;
  bool first = false;  ///< of its object or element: before it, that was as at first
};

/// Why a history does not satisfy the condition.
struct explanation {
  /// The operation that no order can place: of those that have returned by then all others fit.
  std::uint32_t culprit = 0;
  /// The end of one order of the operations that returned before the culprit did.
  std::vector<placed_operation> prefix_end;
  std::uint64_t prefix_length = 0;  ///< how many operations that whole order has
  value state;                      ///< in which it ends
  /// What the model would answer at the places which the culprit could take in that order but where it does
  /// not fit; empty where the model cannot tell.
  std::vector<value> answers;
  bool fits_before_others = false;  ///< it fits somewhere, but then what follows does not
  /// What a monitor, the dependency graph or a condition on registers has to say, and about which operations;
  /// then `prefix_end` is empty. Of a graph, the gravest anomaly that rules out the level.
  std::string sentence;
  std::vector<std::uint32_t> operations;
};

/// What the dependencies of transactions tell; its transactions are the entries of the history, its keys and
/// values are named by names_in() (transactions.hpp).
struct isolation_verdict {
  isolation::level asked = isolation::level::strict_serializable;
  isolation::findings found;
};

/// How many operations came to which end.
struct outcome_counts {
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;   ///< had no effect, hence nothing to judge
  std::uint64_t unknown = 0;  ///< the unfinished among them
};

struct judgement {
  linearizability::outcome result = linearizability::outcome::unknown;
  heddle::condition asked = heddle::condition::linearizability;
  /// What decided: "search", "monitor: FIFO queue", "dependency graph", "reads from".
  std::string method = "search";
  std::string gave_up;  ///< if unknown: "timeout", "step limit"
  outcome_counts counts;
  std::uint64_t judged = 0;             ///< operations that were to be placed
  std::uint64_t placed = 0;             ///< how many of them the best order held; all if linearizable
  std::uint64_t steps = 0;              ///< questions to the model until the verdict
  std::vector<placed_operation> order;  ///< a witness, or of a violation that of the longest prefix
  value initial;                        ///< the state before the order; set with it
  std::optional<explanation> why;
  std::optional<isolation_verdict> isolation;  ///< if the dependency graph decided
};

/// What a person wants to know of a violation or of a search that gave up, in several lines; of transactions
/// that are as they should be the levels that hold, else nothing.
std::string to_text(const history& h, const judgement& j);

}  // namespace heddle::recorded
