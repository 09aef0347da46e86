// The default condition: linearizability (Herlihy & Wing 1990), with blocking operations and unknown
// outcomes; and the conditions that ask the same of orders weaker than real time (weaker_orders.hpp).
//
// A call that returned is placed between its invocation and its response. A call whose process was killed may
// have taken effect or not. A call that never returned although everything came to rest must be rightly
// blocked: not enabled in the final state (stuck histories: Burckhardt, Dern, Musuvathi, Tan, "Line-Up", PLDI
// 2010). Steps of the clock are operations of a process of its own, and so are the calls that are made before
// the processes start and after they end: where real time does not count, those may change places with
// others.
#pragma once

#include <heddle/conditions/condition.hpp>
#include <heddle/generators/judgement.hpp>

namespace heddle {

judgement judge_linearizable(const contract_definition& contract, const recorded_history& history,
                             bool explain);

/// Linearizability, sequential or quiescent consistency. Sequential consistency is asked of all objects
/// together, so the model has to know them by their keys.
judgement judge_by_order(condition asked, const contract_definition& contract,
                         const recorded_history& history, bool explain);

}  // namespace heddle
