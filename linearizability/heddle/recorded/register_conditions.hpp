// Recorded histories judged by the conditions that are about registers: causal consistency and the session
// guarantees (condition.hpp). Real time does not count, only what each process did after what.
//
// A process that goes on after an unknown outcome is a new session: what it did may come later still.
//
// Cost: that of causal.hpp and session_guarantees.hpp; beyond register_operations_max operations the verdict
// is unknown.
#pragma once

#include <heddle/recorded/model.hpp>

namespace heddle::recorded {

inline constexpr std::size_t register_operations_max = 5'000;

/// Throws history_error if an operation does not only read or only write, or if a read does not tell which
/// write it saw because a value was written twice; std::invalid_argument if the model is not of registers, or
/// if the general search is asked for.
judgement judge_register_condition(const model& m, history& h, const judge_options& options);

}  // namespace heddle::recorded
