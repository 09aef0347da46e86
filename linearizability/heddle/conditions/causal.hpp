// Causal consistency, in its three usual strengths.
//
// An operation depends causally on what its process did before, on the write that it read, and on what those
// depend on. A history is
//
//   causally consistent    if every read can be explained by some order of the writes that it depends on
//   causally convergent    if moreover all processes agree on one order of the writes
//   causal memory          if moreover (than the first) each process can explain all its reads by one order
//
// Each holds if none of its bad patterns occurs: a cycle of dependencies, a read of nothing although a write
// is among what it depends on, a read of a write that another one it depends on has replaced; and for the
// other two a cycle between these and the orders that reads imply. The pattern found is named in the verdict.
//
// Source: Bouajjani, Enea, Guerraoui & Hamza, On Verifying Causal Consistency (POPL 2017).
//
// Complexity: O(n³/64) for n operations; for causal memory O(p · k · n³/64), with p processes and k rounds.
#pragma once

#include <heddle/conditions/register_operations.hpp>

namespace heddle::conditions {

condition_verdict causal_consistency(register_operations history, const register_names& names = {});
condition_verdict causal_convergence(register_operations history, const register_names& names = {});
condition_verdict causal_memory(register_operations history, const register_names& names = {});

}  // namespace heddle::conditions
