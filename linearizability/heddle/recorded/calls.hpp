// The part of a recorded history that a model has to explain: what surely had no effect, and what only looked
// and saw nothing, is left out.
#pragma once

#include <vector>

#include <heddle/recorded/model.hpp>

namespace heddle::recorded {

struct call {
  std::uint32_t entry = 0;         ///< of the history
  std::uint32_t operation = 0;     ///< of the model
  value_id object = null_value;    ///< the key: calls of different keys are about different objects
  std::uint32_t partition = 0;     ///< what can be searched alone: an object, or an element of it
  value_id argument = null_value;  ///< without the key
  value_id result = null_value;
};

struct sorted_calls {
  std::vector<call> to_explain;
  std::vector<call> without_effect;  ///< the others
};

/// In the history's order; `counts` are of all its operations. Throws history_error.
sorted_calls calls_of(const model& m, history& h, const call_space& space, outcome_counts& counts);

/// The call as call_space takes it.
sighted_call sighted(const history& h, const call& c);

}  // namespace heddle::recorded
