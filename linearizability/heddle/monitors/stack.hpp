// Stack, unbounded: insert (push), extract (pop, which may find nothing).
//
// Sound and complete if no value that was popped was pushed twice and no pop is of unknown outcome; with
// such, see collection.hpp. All violations are self-contained. O(n log n).
//
// The method takes away values that do not matter until none is left, as Lee & Mathur 2025 do (decrease and
// conquer; Gibbons & Korach 1997 and Abdulla et al. 2025 have slower ones):
//   * A value whose push and pop can touch is pushed and popped at once, anywhere between: it never matters.
//   * The others are certainly inside from their push's response to their pop's invocation. Where no certain
//     stay covers a slot, the history falls into two, one before and one after.
//   * In a piece that is covered without a gap, one value lies at the bottom all the time: one whose push may
//   come
//     before everything and whose pop may come after everything else of the piece. If there is such a value,
//     it does not matter which is taken and it is taken away; if there is none, no order explains the piece.
// A smallest selection of stays that still covers the piece without a gap is the bad pattern: with two
// values, "pushed after it, while it was inside, and popped after it".
#pragma once

#include <span>

#include <heddle/monitors/monitors.hpp>

namespace heddle::monitors {

verdict judge_stack(std::span<const operation> history, const options& how = {});

}  // namespace heddle::monitors
