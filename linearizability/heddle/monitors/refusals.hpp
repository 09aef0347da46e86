// Compare-and-sets that failed: was there a time for each when the register did not hold what it expected?
// Used by register.cpp only.
#pragma once

#include <optional>

#include <heddle/monitors/register_chains.hpp>

namespace heddle::monitors {

/// Precondition: without the refusals the history is linearizable. Nothing if it is so with them.
///
/// A violation if for certain the register held the expected value all the time. Else a walk through time
/// changes the register's value only when it must: when an operation of the next chain returns, or a refusal
/// that has met nothing but what it expected. For the latter it takes the next version of the chain if it
/// can; else, of the chains that can pass in a single slot, the one that must be first; else one that can
/// begin early. If the walk arrives, it is a linearization; if it gets stuck, another might not. O(n log n).
std::optional<verdict> judge_refusals(const timed_chains& timed, const options& how);

}  // namespace heddle::monitors
