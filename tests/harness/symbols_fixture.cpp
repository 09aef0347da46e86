// Compiled like a component under test: debug information, light optimisation, instrumented.
#include "symbols_fixture.hpp"

#include <algorithm>

namespace fixture {

counters registry;

namespace {

struct same_name {
  int first = 0;
  std::atomic<int> second{0};
};

int hidden_counter = 0;
same_name shared;

inline void innermost(int& target) {
  target = 7;
}
constexpr int innermost_line = __LINE__ - 2;

inline void middle(int& target) {
  innermost(target);
}

}  // namespace

bool take(limiter& l) {
  return l.try_acquire(1);
}

void push_both(ring<const char*, 4>& a, ring<unsigned long, 2>& b) {
  a.push("x");
  b.push(1);
}

const int lambda_line = __LINE__ + 3;
void call_lambda(int& target) {
  const int bias = target;
  const auto set = [&target, bias](int to) { target = to + bias; };
  set(5);
}

const int nested_line = innermost_line;
void call_nested(int& target) {
  middle(target);
}

const int sort_line = __LINE__ + 2;
void touch_vector(std::vector<int>& v) {
  v.front() = 3;
}

const std::type_info& anonymous_type() {
  shared.second.store(1);
  return typeid(shared);
}

const std::type_info& local_type() {
  struct local {
    char pad = 0;
    int inner[2] = {};
    void touch(int i) { inner[i & 1] = i; }
  };
  static local instance;
  instance.touch(hidden_counter);
  return typeid(local);
}

const void* hidden_counter_address() {
  ++hidden_counter;
  return &hidden_counter;
}

namespace {
auto& the_booth() {
  struct booth {
    int tickets[2] = {};
  };
  static booth only;
  return only;
}
}  // namespace

const std::type_info& booth_type() {
  return typeid(the_booth());
}

int next_ticket() {
  return ++the_booth().tickets[1];
}
const void* ticket_address() {
  return &the_booth().tickets[1];
}

using pairs = std::vector<std::pair<std::string, std::size_t>>;

pairs offsets::in(const limiter& l) {
  return {
      {"id_", of(&l, &l.id_)},
      {"_vptr", 0},
      {"used_", of(&l, &l.used_)},
      {"buckets_[0].level", of(&l, &l.buckets_[0].level)},
      {"buckets_[2].level", of(&l, &l.buckets_[2].level)},
      {"buckets_[2].waiting", of(&l, &l.buckets_[2].waiting)},
      {"spare_[1].waiting", of(&l, &l.spare_[1].waiting)},
      {"grid_[1][2]", of(&l, &l.grid_[1][2])},
      {"guard_", of(&l, &l.guard_) + 8},
      {"changed_", of(&l, &l.changed_) + 4},
      {"last_", of(&l, &l.last_)},
      {"both_.second.waiting", of(&l, &l.both_.second.waiting)},
      {"name_", of(&l, &l.name_) + 8},
      {"log_", of(&l, &l.log_) + 16},
      {"parts_.whole", of(&l, &l.parts_.byte[2])},
      {"span_.right", of(&l, &l.span_.right)},
      {"gauge_.reading_", of(&l, &l.gauge_.reading_)},
      {"", of(&l, &l.gauge_) + sizeof(l.gauge_)},  // bit-fields
      {"native_", of(&l, &l.native_) + 16},
      {"", sizeof l},
  };
}

pairs offsets::in(const ring<const char*, 4>& r) {
  return {{"slots_[3]", of(&r, &r.slots_[3])}, {"tail_", of(&r, &r.tail_)}};
}

pairs offsets::in(const ring<unsigned long, 2>& r) {
  return {{"slots_[1]", of(&r, &r.slots_[1])}, {"tail_", of(&r, &r.tail_)}};
}

}  // namespace fixture
