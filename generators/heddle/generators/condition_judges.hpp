// Who decides whether a history satisfies a condition.
//
// Linearizability, sequential and quiescent consistency: some order of the calls that the model explains
// (linearizable.hpp).
//
// Causal consistency and the session guarantees are about what each read saw of which write, so they are
// decided for contracts all of whose operations read or write registers (contract::reads, contract::writes).
// What a register holds at first is what the model would answer. A call that threw or never returned is a
// write that may have happened, or a read that tells nothing. The calls before the processes start and after
// they end are those of a further process, "main". Where a value is written to a register twice, or is the
// one that it holds at first, reads do not tell what they saw: the history is not decided.
//
// Throws std::invalid_argument when it is asked about a contract with other operations, or with one that may
// block.
#pragma once

#include <heddle/conditions/condition.hpp>
#include <heddle/generators/judgement.hpp>

namespace heddle {

judge judge_of(condition asked);

}  // namespace heddle
