// Monitors: linearizability of one object of a well-known type, decided in O(n log n) for n operations.
//
// They decide what the general search (linearizability/checker.hpp) decides, for histories that are not
// ambiguous: mostly, those in which no value is inserted or written twice. Where a monitor does not apply it
// says so, and the caller falls back to the search; it never guesses. What each treats, and how, stands in
// its own header: register.hpp, set.hpp, counter.hpp, queue.hpp, stack.hpp, priority_queue.hpp.
//
//   using namespace heddle::monitors;
//   const std::vector<operation> history = {
//       {.invoked = 0, .returned = 1, .what = method::insert, .argument = 3},
//       {.invoked = 2, .returned = 3, .what = method::insert, .argument = 7},
//       {.invoked = 4, .returned = 5, .what = method::extract, .result = 7}};
//   const verdict v = judge(object::fifo_queue, history);
//   // v.result == outcome::violation, v.operations == {0, 1, 2},
//   // v.why == "7 was dequeued though 3 had been enqueued before it and was not dequeued"
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/monitors/operation.hpp>

namespace heddle::monitors {

enum class object : std::uint8_t {
  plain_register,  ///< read, write
  cas_register,    ///< read, write, compare_and_set
  set,             ///< add, remove, contains
  counter,         ///< increase, increase_and_read, read
  fifo_queue,      ///< insert, extract; unbounded
  stack,           ///< insert, extract; unbounded
  priority_queue,  ///< insert, extract of the smallest; unbounded. For the largest pass ~value instead of
                   ///< value.
};

enum class outcome : std::uint8_t {
  linearizable,
  violation,
  not_applicable,  ///< this monitor cannot tell: ask the general search
};

struct options {
  std::int64_t initial = 0;  ///< what a register or counter holds at first; the others start empty
  /// How `verdict::why` names a value; decimal if not given. For callers that numbered their values.
  std::function<std::string(std::int64_t)> name_of = nullptr;
};

struct verdict {
  outcome result = outcome::linearizable;
  /// On a violation: the indices of the operations of the bad pattern, ascending.
  std::vector<std::uint32_t> operations;
  /// The named operations alone, without the rest of the history, are not linearizable either.
  bool self_contained = false;
  /// On a violation: a sentence that says what is wrong. If not applicable: why.
  std::string why;
};

/// Throws std::invalid_argument if an operation returned before it was invoked, naming it.
verdict judge(object type, std::span<const operation> history, const options& how = {});

/// The type's name in words: "register", "FIFO queue".
std::string_view name_of(object type);
/// The type with that name, if there is one.
std::optional<object> object_named(std::string_view name);

}  // namespace heddle::monitors
