// boost::lockfree::queue (Michael & Scott, PODC 1996), as Boost ships it.
//
// It is linearizable. It has data races: push() takes a node from the free list by reading the link of a node
// that another thread may own by now, with plain accesses (boost/lockfree/detail/freelist.hpp,
// allocate_impl), and pop() copies an element before it knows that it still is the first. A compare-and-swap
// then rejects what was read, so that nothing wrong is ever returned; but for the language it is a race, and
// ThreadSanitizer reports it on real threads.
#include <boost/lockfree/queue.hpp>

#include <heddle/catch.hpp>
#include <heddle/heddle.hpp>
#include <heddle/runtime/runtime.hpp>

#include "despite_races.hpp"
#include "models.hpp"

using Catch::Matchers::Contains;

extern "C" const char* __tsan_default_suppressions() {
  return "race:boost::lockfree::detail\nrace:boost::lockfree::queue\n";
}

namespace {

namespace lockfree = boost::lockfree;

/// Nodes from the heap, linked by pointers whose upper 16 bits are a tag against ABA.
struct growing_queue : lockfree::queue<int> {
  growing_queue() : lockfree::queue<int>(1) {}
};

/// Two nodes (and the dummy) in an array, linked by indices: they are reused at once.
struct bounded_queue : lockfree::queue<int, lockfree::capacity<2>> {};

struct bounded_fifo_model {
  fifo_model fifo;

  bool push(int item) { return fifo.items.size() < 2 && fifo.push(item); }
  std::optional<int> pop() { return fifo.pop(); }
  bool operator==(const bounded_fifo_model&) const = default;
};

/// push() may also find no free node while a pop() has taken an element and not yet given its node back.
struct refusing_fifo_model {
  fifo_model fifo;

  bool push(int item, heddle::observed<bool> accepted) {
    if (accepted.may_be(false)) return true;
    return fifo.items.size() < 2 && fifo.push(item);
  }
  std::optional<int> pop() { return fifo.pop(); }
  bool operator==(const refusing_fifo_model&) const = default;
};

template <class Queue>
std::optional<int> pop(Queue& queue) {
  int item = 0;
  return queue.pop(item) ? std::optional(item) : std::nullopt;
}

template <class Queue, class Model>
auto contract_of(std::string name) {
  return heddle::contract<Queue, Model>(std::move(name))
      .operation(
          "push", [](Queue& queue, int item) { return queue.push(item); }, &Model::push,
          rc::gen::inRange(1, 100))
      .operation("pop", &pop<Queue>, &Model::pop);
}

}  // namespace

TEST_CASE("boost::lockfree::queue is a linearizable queue") {
  const auto queue = contract_of<growing_queue, fifo_model>("boost::lockfree::queue");
  check_despite_races(queue);
}

TEST_CASE("boost::lockfree::queue holds in every schedule of small programs with two preemptions") {
  if (!heddle::runtime::deterministic()) return;
  const auto queue = contract_of<growing_queue, fifo_model>("boost::lockfree::queue");
  heddle::scenario pushes(queue);
  pushes.thread().call("push", 1).thread().call("push", 2).thread().call("pop");
  heddle::scenario reuse(queue);
  reuse.first("push", 1).thread().call("pop").call("push", 2).thread().call("push", 3).call("pop");
  const std::uint64_t schedules = check_exhaustively_despite_races(queue.definition(), pushes) +
                                  check_exhaustively_despite_races(queue.definition(), reuse);
  CHECK(schedules > 1'000);
}

TEST_CASE("the data race of boost::lockfree::queue's free list is seen") {
  if (!heddle::runtime::deterministic()) return;
  const auto queue = contract_of<growing_queue, fifo_model>("boost::lockfree::queue");
  const heddle::check_report report = heddle::verify(queue.definition());
  INFO(report.text);
  REQUIRE(report.headline == "boost::lockfree::queue: DATA RACE");
  CHECK_THAT(report.text, Contains("is read by thread "));
  CHECK_THAT(report.text, Contains("to   2 threads × 1 call, "));
}

TEST_CASE("a full boost::lockfree::queue may refuse although a pop has made room") {
  if (!heddle::runtime::deterministic()) return;
  const auto strict = contract_of<bounded_queue, bounded_fifo_model>("boost::lockfree::queue<capacity<2>>");
  const heddle::check_report report = heddle::verify(strict.definition(), {.detect_races = false});
  INFO(report.text);
  REQUIRE_FALSE(report.passed);
  CHECK_THAT(report.text, Contains("→ false"));
}

TEST_CASE("a boost::lockfree::queue of fixed size that may refuse is a linearizable queue") {
  const auto lenient =
      contract_of<bounded_queue, refusing_fifo_model>("boost::lockfree::queue that may refuse");
  check_despite_races(lenient);
}
