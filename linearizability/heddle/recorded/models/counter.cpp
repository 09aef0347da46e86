// A counter of 64 bits, which wraps around.
#include <heddle/recorded/models/models.hpp>

namespace heddle::recorded::models_by_kind {

namespace {

struct number {
  std::int64_t now = 0;

  std::int64_t read() const { return now; }
  void add(std::int64_t n) { add_and_get(n); }
  void inc() { add_and_get(1); }
  void dec() { add_and_get(-1); }
  std::int64_t add_and_get(std::int64_t n) {
    return now = static_cast<std::int64_t>(static_cast<std::uint64_t>(now) + static_cast<std::uint64_t>(n));
  }
  std::int64_t get_and_add(std::int64_t n) {
    const std::int64_t before = now;
    add_and_get(n);
    return before;
  }
  value shown() const { return value::integer(now); }
  bool operator==(const number&) const = default;
};

}  // namespace

model counter() {
  return model_of<number>("counter", "a number that is added to")
      .monitored_as(monitors::object::counter)
      .starts_from("the number at first", [](const value& v) { return number{from_value<std::int64_t>(v)}; })
      .operation<std::int64_t()>({"read", "", "the number"}, &number::read)
      .operation<void(std::int64_t)>({"add", "n", ""}, &number::add)
      .operation<std::int64_t(std::int64_t)>({"add-and-get", "n", "the new number"}, &number::add_and_get)
      .operation<std::int64_t(std::int64_t)>({"get-and-add", "n", "the old number"}, &number::get_and_add)
      .operation<void()>({"inc", "", "", "add 1"}, &number::inc)
      .operation<void()>({"dec", "", "", "add -1"}, &number::dec)
      .finish();
}

}  // namespace heddle::recorded::models_by_kind
