// What can go wrong in a schedule, in the order in which a report prefers to show it.
#pragma once

#include <string>
#include <string_view>

#include <heddle/generators/judgement.hpp>
#include <heddle/runtime/types.hpp>

namespace heddle::harness {

enum class failure_kind : std::uint8_t {
  none,
  condition_violated,  ///< the history does not satisfy the contract's condition
  invariant_broken,
  crashed,
  aborted,
  stack_overflow,
  use_after_free,
  uncaught_exception,
  deadlock,
  step_budget,
  data_race,
  nondeterminism,
  unusable,  ///< too many threads: nothing can be said of the component
};

/// "data race": a fixed phrase for reports and case files.
std::string_view describe(failure_kind kind);
/// The kind of that phrase; `none` if there is none.
failure_kind failure_kind_named(std::string_view phrase);

struct failure {
  failure_kind kind = failure_kind::none;
  std::string message;  ///< of the exception, the assertion, the name of the invariant, …
  judgement verdict;    ///< if the condition is violated

  explicit operator bool() const { return kind != failure_kind::none; }
};

}  // namespace heddle::harness
