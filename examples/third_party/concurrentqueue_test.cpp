// moodycamel::ConcurrentQueue, as Debian ships it: a queue per producing thread, so that elements of
// different producers have no common order (its documentation says as much).
#include <map>

#include <concurrentqueue/concurrentqueue.h>

#include <heddle/catch.hpp>
#include <heddle/harness/shrinking.hpp>
#include <heddle/heddle.hpp>
#include <heddle/runtime/runtime.hpp>

#include "models.hpp"

namespace {

using queue = moodycamel::ConcurrentQueue<int>;

bool enqueue(queue& q, int item) {
  return q.enqueue(item);
}
std::optional<int> try_dequeue(queue& q) {
  int item = 0;
  return q.try_dequeue(item) ? std::optional(item) : std::nullopt;
}

/// First in, first out among the elements of each producer. A consumer looks at one producer after the other,
/// so it may find nothing although the whole was never empty.
struct producer_fifo_model {
  std::map<std::uint32_t, std::deque<int>> items;  // by producer; none empty

  bool enqueue(heddle::caller producer, int item) {
    items[producer.process].push_back(item);
    return true;
  }
  std::vector<producer_fifo_model> try_dequeue(heddle::observed<std::optional<int>> seen) const {
    std::vector<producer_fifo_model> next;
    if (seen.may_be(std::nullopt)) next.push_back(*this);
    for (const auto& [producer, mine] : items) {
      if (!seen.may_be(mine.front())) continue;
      next.push_back(*this);
      next.back().items[producer].pop_front();
      if (next.back().items[producer].empty()) next.back().items.erase(producer);
    }
    return next;
  }
  bool operator==(const producer_fifo_model&) const = default;
};

template <class Model, class Enqueue, class Dequeue>
auto contract_of(Enqueue model_enqueue, Dequeue model_dequeue) {
  return heddle::contract<queue, Model>("moodycamel::ConcurrentQueue")
      .operation("enqueue", &enqueue, model_enqueue, rc::gen::inRange(1, 100))
      .operation("try_dequeue", &try_dequeue, model_dequeue);
}

}  // namespace

TEST_CASE("ConcurrentQueue is no linearizable FIFO queue: an element overtakes one of another producer") {
  if (!heddle::runtime::deterministic()) return;
  const auto fifo = contract_of<fifo_model>(&fifo_model::push, &fifo_model::pop).definition();
  const auto explored = heddle::harness::explore(*fifo, {});
  REQUIRE(explored.found);
  REQUIRE(explored.found->why.kind == heddle::harness::failure_kind::condition_violated);
  const auto shrunk = heddle::harness::shrink(*fifo, *explored.found);
  const heddle::program& smallest = shrunk.smallest.what;
  CHECK(smallest.prefix.size() + smallest.calls() == 3);  // two elements in, the second one out
  CHECK(shrunk.switches <= 1);
}

TEST_CASE("ConcurrentQueue keeps the order of each producer") {
  const auto by_producer =
      contract_of<producer_fifo_model>(&producer_fifo_model::enqueue, &producer_fifo_model::try_dequeue);
  heddle::check(by_producer, {.schedules = heddle::runtime::deterministic() ? 10'000u : 500u});
}
