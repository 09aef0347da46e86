// The default condition: linearizability (Herlihy & Wing 1990), with blocking operations and unknown
// outcomes.
//
// A call that returned is placed between its invocation and its response. A call whose process was killed may
// have taken effect or not. A call that never returned although everything came to rest must be rightly
// blocked: not enabled in the final state (stuck histories: Burckhardt, Dern, Musuvathi, Tan, "Line-Up", PLDI
// 2010). Steps of the clock are operations of a process of its own.
#pragma once

#include <heddle/generators/judgement.hpp>

namespace heddle {

judgement judge_linearizable(const contract_definition& contract, const recorded_history& history,
                             bool explain);

}  // namespace heddle
