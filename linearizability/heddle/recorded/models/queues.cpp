// What is put in and taken out again in some order. Unbounded; taking from an empty one answers none.
#include <deque>
#include <set>

#include <heddle/recorded/models/models.hpp>
#include <heddle/recorded/models/parts.hpp>

namespace heddle::recorded::models_by_kind {

namespace {

struct queue {
  std::deque<value> held;

  void enqueue(const element& e) { held.push_back(e.what); }
  value dequeue() {
    if (held.empty()) return {};
    value first = std::move(held.front());
    held.pop_front();
    return first;
  }
  value shown() const { return to_value(held); }
  bool operator==(const queue&) const = default;
};

struct pile {
  std::vector<value> held;  ///< the top is last

  void push(const element& e) { held.push_back(e.what); }
  value pop() {
    if (held.empty()) return {};
    value last = std::move(held.back());
    held.pop_back();
    return last;
  }
  value shown() const { return to_value(held); }
  bool operator==(const pile&) const = default;
};

struct heap {
  std::multiset<value> held;

  void insert(const element& e) { held.insert(e.what); }
  value delete_min() {
    if (held.empty()) return {};
    value least = *held.begin();
    held.erase(held.begin());
    return least;
  }
  value shown() const { return to_value(held); }
  bool operator==(const heap&) const = default;
};

}  // namespace

model fifo_queue() {
  return model_of<queue>("fifo-queue", "first in, first out")
      .monitored_as(monitors::object::fifo_queue)
      .operation<void(element)>({"enqueue", "value", ""}, &queue::enqueue)
      .operation<value()>({"dequeue", "", "the first, nil if empty"}, &queue::dequeue)
      .finish();
}

model stack() {
  return model_of<pile>("stack", "last in, first out")
      .monitored_as(monitors::object::stack)
      .operation<void(element)>({"push", "value", ""}, &pile::push)
      .operation<value()>({"pop", "", "the last, nil if empty"}, &pile::pop)
      .finish();
}

model priority_queue() {
  return model_of<heap>("priority-queue", "smallest out first")
      .monitored_as(monitors::object::priority_queue)
      .operation<void(element)>({"insert", "value", ""}, &heap::insert)
      .operation<value()>({"delete-min", "", "the smallest, nil if empty"}, &heap::delete_min)
      .finish();
}

}  // namespace heddle::recorded::models_by_kind
