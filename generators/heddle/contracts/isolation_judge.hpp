// Whether transactions were isolated as promised: conditions for contracts whose first two operations run
// transactions (transactional_contract.hpp).
//
// Two judges look at each history and both must agree to it. The model sees only what clients saw: it finds
// stores that answer wrongly. The dependency graph (isolation.hpp) sees which versions were read and written,
// where the store tells: it finds what equal values hide, and gives anomalies their names, the forbidden ones
// as well as those that the level allows.
//
// Moreover a transaction that ran alone must not fail: a store that aborts everything is safe and useless.
#pragma once

#include <heddle/generators/judgement.hpp>

namespace heddle::contracts::transactions {

/// Linearizability of whole transactions. The graph is asked for the name of what went wrong.
judgement judge_strict_serializability(const contract_definition& contract, const recorded_history& history,
                                       bool explain);

/// Strong snapshot isolation: the model's `start` and `finish`, and Adya's PL-SI with real time.
judgement judge_snapshot_isolation(const contract_definition& contract, const recorded_history& history,
                                   bool explain);

/// Read committed as PostgreSQL has it: each statement is an action of the model, and the end is one; and
/// Adya's PL-2.
judgement judge_read_committed(const contract_definition& contract, const recorded_history& history,
                               bool explain);

}  // namespace heddle::contracts::transactions
