// Counter: increase (by an amount; nothing is seen), increase_and_read (the value afterwards is seen), read.
// A decrease is an increase by a negative amount; a fetch-and-add is an increase_and_read of what it saw plus
// the amount.
//
// Sound and complete, unknown outcomes included, where
//   * no two amounts have opposite signs, and
//   * all increases of which nothing is seen (and all of unknown outcome) are by one and the same amount.
// So for a counter that counts up by one, or down by one, or with positive amounts that are all seen. The
// counter then runs through values that are known beforehand: where an increase that was seen begins, it must
// come next; else one that was not seen does. The walk makes each step only when a response forces it to, and
// of the open increases takes the one that must return first (Jackson 1955). No linearization has made fewer
// steps at any time, so where the walk lacks an open operation or has passed a value before it was read, none
// does better.
//
// Elsewhere (increments and decrements mixed, or unseen ones by different amounts, where already the sum that
// explains a read is a knapsack) it tells only what bounds tell: a read below the least or above the greatest
// value possible is a violation; if each read has one possible value, the history is linearizable; else it
// cannot tell.
//
// Amounts of 2^40 and more, and values of 2^62 and more, are not treated. Violations name the operation that
// cannot be explained and what stands against it; they are not self-contained. O(n log n).
#pragma once

#include <span>

#include <heddle/monitors/monitors.hpp>

namespace heddle::monitors {

verdict judge_counter(std::span<const operation> history, const options& how = {});

}  // namespace heddle::monitors
