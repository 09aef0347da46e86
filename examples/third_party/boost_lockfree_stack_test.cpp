// boost::lockfree::stack (Treiber, 1986), as Boost ships it. Linearizable, with the data races that
// boost_lockfree_queue_test.cpp describes: free list and pop() read links of nodes that may be somebody
// else's by now.
#include <boost/lockfree/stack.hpp>

#include <heddle/catch.hpp>
#include <heddle/heddle.hpp>
#include <heddle/runtime/runtime.hpp>

#include "despite_races.hpp"
#include "models.hpp"

extern "C" const char* __tsan_default_suppressions() {
  return "race:boost::lockfree::detail\nrace:boost::lockfree::stack\n";
}

namespace {

namespace lockfree = boost::lockfree;

/// Nodes from the heap.
struct growing_stack : lockfree::stack<int> {
  growing_stack() : lockfree::stack<int>(1) {}
};

/// Two nodes in an array, linked by indices.
struct bounded_stack : lockfree::stack<int, lockfree::capacity<2>> {};

/// A full stack refuses; it may do so too while a pop() has not yet given its node back.
struct refusing_lifo_model {
  lifo_model lifo;

  bool push(int item, heddle::observed<bool> accepted) {
    if (accepted.may_be(false)) return true;
    return lifo.items.size() < 2 && lifo.push(item);
  }
  std::optional<int> pop() { return lifo.pop(); }
  bool operator==(const refusing_lifo_model&) const = default;
};

template <class Stack>
std::optional<int> pop(Stack& stack) {
  int item = 0;
  return stack.pop(item) ? std::optional(item) : std::nullopt;
}

template <class Stack, class Model>
auto contract_of(std::string name) {
  return heddle::contract<Stack, Model>(std::move(name))
      .operation(
          "push", [](Stack& stack, int item) { return stack.push(item); }, &Model::push,
          rc::gen::inRange(1, 100))
      .operation("pop", &pop<Stack>, &Model::pop);
}

}  // namespace

TEST_CASE("boost::lockfree::stack is a linearizable stack") {
  const auto stack = contract_of<growing_stack, lifo_model>("boost::lockfree::stack");
  check_despite_races(stack);
}

TEST_CASE("boost::lockfree::stack holds in every schedule of small programs with two preemptions") {
  if (!heddle::runtime::deterministic()) return;
  const auto stack = contract_of<growing_stack, lifo_model>("boost::lockfree::stack");
  heddle::scenario pushes(stack);
  pushes.thread().call("push", 1).thread().call("push", 2).thread().call("pop");
  heddle::scenario reuse(stack);  // the ABA problem, were it not for the tags
  reuse.first("push", 1).first("push", 2).thread().call("pop").thread().call("pop").call("pop").call("push",
                                                                                                     3);
  const std::uint64_t schedules = check_exhaustively_despite_races(stack.definition(), pushes) +
                                  check_exhaustively_despite_races(stack.definition(), reuse);
  CHECK(schedules > 1'000);
}

TEST_CASE("the data race of boost::lockfree::stack's free list is seen") {
  if (!heddle::runtime::deterministic()) return;
  const auto stack = contract_of<growing_stack, lifo_model>("boost::lockfree::stack");
  const heddle::check_report report = heddle::verify(stack.definition());
  INFO(report.text);
  CHECK(report.headline == "boost::lockfree::stack: DATA RACE");
}

TEST_CASE("a boost::lockfree::stack of fixed size that may refuse is a linearizable stack") {
  const auto lenient =
      contract_of<bounded_stack, refusing_lifo_model>("boost::lockfree::stack that may refuse");
  check_despite_races(lenient);
}
