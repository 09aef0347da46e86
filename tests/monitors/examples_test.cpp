// What each monitor decides, by the smallest histories of each bad pattern.
#include <catch2/catch.hpp>

#include <heddle/monitors/monitors.hpp>

namespace heddle::test {
namespace {

using namespace monitors;
using indices = std::vector<std::uint32_t>;

/// Calls of the monitored types, one per line of a history: when invoked, when returned, what.
operation call(std::uint32_t invoked, std::uint32_t returned, method what, std::int64_t argument = 0) {
  return {.invoked = invoked, .returned = returned, .what = what, .argument = argument};
}

operation enqueue(std::uint32_t invoked, std::uint32_t returned, std::int64_t value) {
  return call(invoked, returned, method::insert, value);
}

operation dequeue(std::uint32_t invoked, std::uint32_t returned, std::int64_t value) {
  operation o = call(invoked, returned, method::extract);
  o.result = value;
  return o;
}

operation dequeue_nothing(std::uint32_t invoked, std::uint32_t returned) {
  operation o = call(invoked, returned, method::extract);
  o.success = false;
  return o;
}

operation answered(operation o, bool success) {
  o.success = success;
  return o;
}

operation write(std::uint32_t invoked, std::uint32_t returned, std::int64_t value) {
  return call(invoked, returned, method::write, value);
}

operation read(std::uint32_t invoked, std::uint32_t returned, std::int64_t value) {
  operation o = call(invoked, returned, method::read);
  o.result = value;
  return o;
}

operation compare_and_set(std::uint32_t invoked, std::uint32_t returned, std::int64_t from, std::int64_t to,
                          bool success = true) {
  operation o = call(invoked, returned, method::compare_and_set, to);
  o.expected = from;
  o.success = success;
  return o;
}

operation increase(std::uint32_t invoked, std::uint32_t returned, std::int64_t amount) {
  return call(invoked, returned, method::increase, amount);
}

operation increase_and_read(std::uint32_t invoked, std::uint32_t returned, std::int64_t amount,
                            std::int64_t value) {
  operation o = call(invoked, returned, method::increase_and_read, amount);
  o.result = value;
  return o;
}

void expect_linearizable(object what, const std::vector<operation>& history) {
  const verdict v = judge(what, history);
  INFO(v.why);
  CHECK(v.result == outcome::linearizable);
  CHECK(v.operations.empty());
  CHECK(v.why.empty());
}

void expect_violation(object what, const std::vector<operation>& history, const indices& pattern,
                      const std::string& why) {
  const verdict v = judge(what, history);
  CHECK(v.result == outcome::violation);
  CHECK(v.operations == pattern);
  CHECK(v.why == why);
}

void expect_not_applicable(object what, const std::vector<operation>& history, const std::string& why) {
  const verdict v = judge(what, history);
  CHECK(v.result == outcome::not_applicable);
  CHECK(v.why == why);
}

TEST_CASE("an empty history is linearizable") {
  for (const object what : {object::plain_register, object::cas_register, object::set, object::counter,
                            object::fifo_queue, object::stack, object::priority_queue}) {
    expect_linearizable(what, {});
    CHECK(object_named(name_of(what)) == what);
  }
  CHECK(!object_named("bag"));
}

TEST_CASE("a queue's values leave it in the order in which they came") {
  const auto queue = object::fifo_queue;
  expect_linearizable(
      queue, {enqueue(0, 1, 3), enqueue(2, 3, 7), dequeue(4, 5, 3), dequeue(6, 7, 7), dequeue_nothing(8, 9)});
  expect_linearizable(queue,
                      {enqueue(0, 3, 3), enqueue(2, 5, 7), dequeue(6, 7, 7)});  // enqueued concurrently
  expect_violation(queue, {enqueue(0, 1, 3), enqueue(2, 3, 7), dequeue(4, 5, 7), dequeue(6, 7, 3)},
                   {0, 1, 2, 3}, "7 was dequeued before 3 though 3 had been enqueued first");
  expect_violation(queue, {enqueue(0, 1, 3), enqueue(2, 3, 7), enqueue(2, 3, 8), dequeue(4, 5, 7)}, {0, 1, 3},
                   "7 was dequeued though 3 had been enqueued before it and was not dequeued");
}

TEST_CASE("what leaves a queue was in it, once") {
  const auto queue = object::fifo_queue;
  expect_violation(queue, {enqueue(0, 1, 3), dequeue(2, 3, 4)}, {1}, "4 was dequeued but never enqueued");
  expect_violation(queue, {enqueue(0, 1, 3), dequeue(2, 3, 3), dequeue(2, 3, 3)}, {0, 1, 2},
                   "3 was dequeued more often than enqueued");
  expect_violation(queue, {dequeue(0, 1, 3), enqueue(2, 3, 3)}, {0, 1},
                   "3 was dequeued before it was enqueued");
}

TEST_CASE("a dequeue finds nothing only if the queue can be empty") {
  const auto queue = object::fifo_queue;
  expect_linearizable(queue, {enqueue(0, 1, 3), dequeue_nothing(1, 2)});  // equal positions are concurrent
  expect_violation(queue, {enqueue(0, 1, 3), dequeue_nothing(2, 3), dequeue(4, 5, 3)}, {0, 1, 2},
                   "a dequeue found nothing though 3 was inside all the while");
  expect_violation(queue, {enqueue(0, 1, 3), dequeue_nothing(2, 9), enqueue(3, 4, 7), dequeue(5, 6, 3)},
                   {0, 1, 2, 3},
                   "a dequeue found nothing though 3 and 7 were, one or another, inside all the while");
}

TEST_CASE("a dequeue of unknown outcome may have taken what is missing") {
  const auto queue = object::fifo_queue;
  const operation lost = call(2, never, method::extract);
  const operation lost_late = call(8, never, method::extract);
  expect_linearizable(queue, {enqueue(0, 1, 3), enqueue(2, 3, 7), lost, dequeue(4, 5, 7)});
  expect_violation(queue, {enqueue(0, 1, 3), enqueue(2, 3, 7), lost_late, dequeue(4, 5, 7)}, {0, 1, 3},
                   "7 was dequeued though 3 had been enqueued before it and was not dequeued");
  expect_violation(
      queue, {enqueue(0, 1, 3), enqueue(0, 1, 4), enqueue(2, 3, 7), lost, dequeue(4, 5, 7)}, {0, 1, 2, 3, 4},
      "3 and 4 must have been dequeued before operation 4 returned, which is more than the 1 of unknown "
      "outcome that had begun");
  expect_linearizable(queue,
                      {enqueue(0, never, 3), dequeue(4, 5, 3), enqueue(0, never, 4), dequeue_nothing(6, 7)});
}

TEST_CASE("a value that was dequeued must have been enqueued once for the monitor to apply") {
  expect_not_applicable(object::fifo_queue, {enqueue(0, 1, 3), enqueue(2, 3, 3), dequeue(4, 5, 3)},
                        "3 was enqueued more than once");
  expect_linearizable(object::fifo_queue, {enqueue(0, 1, 3), enqueue(2, 3, 3)});
}

TEST_CASE("a stack's values leave it from the top") {
  const auto stack = object::stack;
  const auto push = enqueue;
  const auto pop = dequeue;
  expect_linearizable(stack,
                      {push(0, 1, 3), push(2, 3, 7), pop(4, 5, 7), pop(6, 7, 3), dequeue_nothing(8, 9)});
  expect_violation(stack, {push(0, 1, 3), push(2, 3, 7), pop(4, 5, 3), pop(6, 7, 7)}, {0, 1, 2, 3},
                   "3 was popped although 7, popped later, had been pushed on top of it");
  expect_violation(stack, {push(0, 1, 3), push(2, 3, 7), pop(4, 5, 3)}, {0, 1, 2},
                   "3 was popped although 7 had been pushed on top of it and was not popped");
  expect_violation(stack, {push(0, 1, 3), dequeue_nothing(2, 3)}, {0, 1},
                   "a pop found nothing though 3 was inside all the while");
}

TEST_CASE("three values of which none can have been at a stack's bottom") {
  const std::vector<operation> history = {enqueue(0, 1, 1), enqueue(2, 4, 2),  enqueue(3, 7, 3),
                                          dequeue(6, 9, 1), dequeue(8, 12, 2), dequeue(13, 14, 3)};
  expect_violation(
      object::stack, history, {0, 1, 2, 3, 4, 5},
      "of 1, 2 and 3 there was always one on the stack, but none of them from the first push to the "
      "last pop: none can have lain at the bottom");
  for (std::size_t left_out = 0; left_out < 3; ++left_out) {  // any two of them can have been
    std::vector<operation> two = history;
    two.erase(two.begin() + static_cast<std::ptrdiff_t>(left_out + 3));
    two.erase(two.begin() + static_cast<std::ptrdiff_t>(left_out));
    expect_linearizable(object::stack, two);
  }
}

TEST_CASE("a priority queue gives the smallest value first") {
  const auto queue = object::priority_queue;
  expect_linearizable(
      queue, {enqueue(0, 1, 7), enqueue(2, 3, 3), dequeue(4, 5, 3), dequeue(6, 7, 7), dequeue_nothing(8, 9)});
  expect_violation(queue, {enqueue(0, 1, 7), enqueue(2, 3, 3), dequeue(4, 5, 7)}, {0, 1, 2},
                   "7 was extracted though 3 was inside all the while");
  expect_violation(
      queue, {enqueue(0, 1, 7), enqueue(2, 3, 3), dequeue(4, 11, 7), enqueue(5, 6, 5), dequeue(7, 8, 3)},
      {0, 1, 2, 3, 4}, "7 was extracted though 3 and 5 were, one or another, inside all the while");
}

TEST_CASE("a register holds a value until another is written") {
  const auto one = object::plain_register;
  expect_linearizable(one, {write(0, 5, 1), write(1, 4, 2), read(6, 7, 1)});
  expect_violation(one, {write(0, 1, 1), write(2, 3, 2), read(4, 5, 1)}, {0, 1, 2},
                   "operation 0 (1) came before operation 1 (2), but operation 1 (2) came before operation 2 "
                   "(1), and none of "
                   "these values was written twice");
  expect_violation(
      one, {write(0, 1, 1), read(2, 3, 0)}, {0, 1},
      "operation 0 (1) came before operation 1 (0), though 0 was there first and not written again");
  expect_violation(one, {read(0, 1, 1), write(2, 3, 1)}, {0, 1}, "1 was read before it was written");
  expect_violation(one, {write(0, 1, 1), read(2, 3, 4)}, {1}, "4 was seen but never written");
  expect_not_applicable(one, {write(0, 1, 1), write(2, 3, 1), read(4, 5, 1)}, "1 was written more than once");
}

TEST_CASE("a write of unknown outcome took effect if its value was read") {
  const operation lost = write(0, never, 1);
  const auto one = object::plain_register;
  expect_linearizable(one, {lost, read(2, 3, 0), read(4, 5, 1)});
  expect_violation(
      one, {lost, read(2, 3, 1), read(4, 5, 0)}, {0, 1, 2},
      "operation 1 (1) came before operation 2 (0), though 0 was there first and not written again");
}

TEST_CASE("a compare-and-set replaces what it found, which nobody finds again") {
  const auto one = object::cas_register;
  expect_linearizable(one, {write(0, 1, 1), compare_and_set(2, 3, 1, 2), read(4, 5, 2)});
  expect_violation(one, {write(0, 1, 1), compare_and_set(2, 5, 1, 2), compare_and_set(3, 4, 1, 3)}, {0, 1, 2},
                   "two compare-and-sets replaced 1, which was written once");
  expect_violation(
      one, {compare_and_set(0, 1, 0, 1), compare_and_set(2, 3, 1, 2), read(4, 5, 1)}, {0, 1, 2},
      "2 came of 1 by compare-and-set, but operation 1 (2) returned before operation 2 (1) was invoked");
  expect_violation(one, {compare_and_set(0, 9, 1, 2), compare_and_set(1, 8, 2, 1)}, {0, 1},
                   "each of 1 and 2 was only ever put in the place of another of them");
}

TEST_CASE("a compare-and-set fails only if the register may hold something else") {
  const auto one = object::cas_register;
  expect_linearizable(one, {write(0, 3, 1), compare_and_set(1, 2, 1, 2, false)});
  expect_linearizable(one, {write(0, 1, 1), write(2, 5, 3), compare_and_set(3, 4, 1, 2, false)});
  expect_violation(
      one, {write(0, 1, 1), compare_and_set(2, 3, 1, 2, false)}, {0, 1},
      "operation 1, a compare-and-set, did not find 1 though the register held it all the while");
}

TEST_CASE("a set changes only by what says that it changed it") {
  const auto add = [](auto from, auto to, bool success) {
    return answered(call(from, to, method::add, 5), success);
  };
  const auto remove = [](auto from, auto to, bool success) {
    return answered(call(from, to, method::remove, 5), success);
  };
  const auto contains = [](auto from, auto to, bool success) {
    return answered(call(from, to, method::contains, 5), success);
  };
  expect_linearizable(object::set,
                      {add(0U, 1U, true), remove(2U, 3U, true), add(4U, 5U, true), contains(6U, 7U, true)});
  expect_linearizable(object::set, {add(0U, never, true), contains(2U, 3U, false), contains(4U, 5U, true)});
  expect_violation(object::set, {add(0U, 1U, true), contains(2U, 3U, false)}, {0, 1},
                   "contains(5) answered false though the value was in the set all the while");
  expect_violation(object::set,
                   {add(0U, 1U, true), remove(2U, 3U, true), add(4U, 5U, true), add(6U, 7U, true)}, {2, 3},
                   "add(5) answered true though the value was in the set all the while");
  expect_violation(object::set, {remove(0U, 1U, true), add(2U, 3U, true)}, {0},
                   "remove(5) answered true though the value was not in the set all the while");
}

TEST_CASE("a counter that counts one way passes each value once") {
  const auto counter = object::counter;
  expect_linearizable(counter,
                      {increase(0, 5, 1), increase(1, 6, 1), read(2, 3, 1), increase_and_read(7, 8, 1, 3)});
  expect_linearizable(counter, {increase(0, never, 1), read(1, 2, 0), read(3, 4, 1)});
  expect_linearizable(counter, {increase_and_read(0, 1, -5, -5), read(2, 3, -5)});
  expect_violation(counter, {increase(0, 1, 1), increase(2, 9, 1), read(3, 4, 3)}, {2},
                   "operation 2 gave 3 though the counter can have come no further than 2");
  expect_violation(counter, {increase(0, 1, 1), increase(2, 3, 1), read(4, 5, 1)}, {1, 2},
                   "operation 2 read 1 though the counter had reached 2 before");
  expect_violation(counter, {increase_and_read(0, 5, 1, 1), increase_and_read(1, 4, 1, 1)}, {0, 1},
                   "operation 1 increased 0, a value that the counter cannot have had then");
}

TEST_CASE("of a counter that goes up and down only bounds are told") {
  const auto counter = object::counter;
  expect_linearizable(counter, {increase(0, 1, 1), increase(2, 3, -1), read(4, 5, 0)});
  expect_violation(counter, {increase(0, 1, 1), increase(2, 9, -1), read(3, 4, 2)}, {2},
                   "operation 2 gave 2, which is not between 0 and 1, all that is possible then");
  expect_not_applicable(
      counter, {increase(0, 1, 1), increase(2, 9, -1), read(3, 4, 1)},
      "increases and decreases, or unseen increases by different amounts, overlap with reads");
}

TEST_CASE("a monitor refuses what is not its own, and a malformed history") {
  expect_not_applicable(object::stack, {write(0, 1, 1)}, "operation 0 is none of a stack");
  expect_not_applicable(object::plain_register, {compare_and_set(0, 1, 0, 1)},
                        "operation 0 is none of a register");
  CHECK_THROWS_AS(judge(object::stack, std::vector{enqueue(4, 4, 1)}), std::invalid_argument);
  CHECK_THROWS_AS(judge(object::stack, std::vector{enqueue(never, never, 1)}), std::invalid_argument);
}

TEST_CASE("values may have names, and a register may start from any") {
  const options how{.initial = 9, .name_of = [](std::int64_t v) { return v == 9 ? "nil" : "'x'"; }};
  const std::vector<operation> history = {read(0, 1, 9), write(2, 3, 1), read(4, 5, 9)};
  CHECK(judge(object::plain_register, history, how).why ==
        "operation 1 ('x') came before operation 2 (nil), though nil was there first and not written again");
}

}  // namespace
}  // namespace heddle::test
