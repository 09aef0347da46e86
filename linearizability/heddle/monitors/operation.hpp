// What a monitor reads: the calls of one object of a known type, in numbers.
//
// An operation precedes another if it returned at a smaller position than the other was invoked; equal
// positions are concurrent (as in linearizability/checker.hpp). Operations that certainly had no effect are
// left out of the history by the caller.
#pragma once

#include <cstdint>

#include <heddle/linearizability/checker.hpp>

namespace heddle::monitors {

using linearizability::never;

/// The methods of all monitored types. Which fields of an operation each uses stands beside it.
enum class method : std::uint8_t {
  read,             ///< register, counter: `result`
  write,            ///< register: `argument`
  compare_and_set,  ///< register: from `expected` to `argument`; `success` if it held `expected`

  add,       ///< set: `argument`; `success` if it was not in the set
  remove,    ///< set: `argument`; `success` if it was in the set
  contains,  ///< set: `argument`; `success` if it is in the set

  increase,           ///< counter: by `argument`, which is negative for a decrement; nothing is seen
  increase_and_read,  ///< counter: by `argument`; `result` is the value afterwards

  insert,   ///< queue, stack, priority queue: enqueue, push or insert `argument`
  extract,  ///< the same: dequeue, pop or extract-min; `success` with `result`, or nothing was there
};

struct operation {
  std::uint32_t invoked = 0;
  /// `never` for an unknown outcome: it took effect once, at some time from `invoked` on, or never did.
  /// `success` and `result` then mean nothing.
  std::uint32_t returned = never;
  method what = method::read;
  bool success = true;
  std::int64_t argument = 0;
  std::int64_t expected = 0;
  std::int64_t result = 0;

  bool open() const { return returned == never; }
};

}  // namespace heddle::monitors
