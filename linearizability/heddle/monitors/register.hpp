// Register: read, write; and compare-and-set.
//
// Sound and complete without compare-and-sets that failed, if no value that was seen (read, or replaced by a
// compare-and-set) has two writers; the initial value counts as written first. Values that nobody saw may be
// written again and again. Unknown outcomes are treated: an open write took effect if its value was seen.
// O(n log n).
//
// A value's write and all that saw it stand together in every linearization (Gibbons & Korach 1997), and what
// a successful compare-and-set writes stands right after what it replaced: a *chain* of values. Let a chain
// be held from its first response (f) to its last invocation (s). A history is linearizable if and only if
// each chain is in itself, and of no two chains A, B each has an operation that precedes one of the other:
// f(A) < s(B) and f(B) < s(A). (In a cycle of chains take the one with the least f: it and its predecessor
// are such a pair.)
//
// A compare-and-set that failed must find a time when the register did not hold what it expected.
// refusals.hpp decides most such cases, and says so of the others.
//
// Violations are self-contained, except where they rest on a chain whose beginning is left out of the pattern
// for brevity.
#pragma once

#include <span>

#include <heddle/monitors/monitors.hpp>

namespace heddle::monitors {

verdict judge_register(std::span<const operation> history, const options& how = {});

}  // namespace heddle::monitors
