// The three forms of model functions, and what they make of what was seen.
#include <stdexcept>

#include <catch2/catch.hpp>

#include <heddle/linearizability/model_space.hpp>
#include <heddle/linearizability/sequential.hpp>

namespace heddle::test {
namespace {

using namespace linearizability;

struct pool {
  int used = 0;
  std::uint32_t last_caller = 0;

  bool take(int n) {
    if (used + n > 3) return false;
    used += n;
    return true;
  }
  long in_use() const { return used; }
  void give_back(int n) {
    if (n > used) throw std::logic_error("more than was taken");
    used -= n;
  }
  std::optional<int> wait_for_one(caller who) {
    if (used == 3) return std::nullopt;
    last_caller = who.process;
    return ++used;
  }
  std::optional<std::monostate> wait_until_empty() const {
    return used == 0 ? std::optional(std::monostate{}) : std::nullopt;
  }
  bool guess(int about, const observed<int>& seen) {
    if (seen.threw()) return seen.exception() == "overload";
    return !seen.known() || std::abs(seen.value() - used) <= about;
  }
  std::vector<pool> leak(const observed<void>&) const { return {*this, pool{used + 1, last_caller}}; }
  std::vector<pool> expire() const { return {*this, pool{}}; }
  std::optional<int> first() const { return used == 0 ? std::nullopt : std::optional(used); }

  bool operator==(const pool&) const = default;
};

template <class R, class F, class... Args>
std::vector<pool> after(pool from, F f, std::tuple<Args...> arguments, const sighting<R>& seen,
                        caller who = {}) {
  std::vector<pool> successors;
  apply_model<R>(f, from, who, arguments, seen.view(), successors);
  return successors;
}

using pools = std::vector<pool>;

TEST_CASE("a deterministic function must answer what was seen") {
  CHECK(after<bool>({1}, &pool::take, std::tuple(2), sighting<bool>::returned(true)) == pools{{3}});
  CHECK(after<bool>({2}, &pool::take, std::tuple(2), sighting<bool>::returned(true)).empty());
  CHECK(after<bool>({2}, &pool::take, std::tuple(2), sighting<bool>::returned(false)) == pools{{2}});
  CHECK(after<bool>({1}, &pool::take, std::tuple(2), sighting<bool>::nothing()) == pools{{3}});
  CHECK(after<unsigned>({1}, &pool::in_use, std::tuple(), sighting<unsigned>::returned(1U)) == pools{{1}});
}

TEST_CASE("an exception is a result") {
  const auto thrown = sighting<void>::threw("std::logic_error: more than was taken");
  CHECK(after<void>({1}, &pool::give_back, std::tuple(2), thrown) == pools{{1}});
  CHECK(after<void>({2}, &pool::give_back, std::tuple(2), thrown).empty());
  CHECK(after<void>({2}, &pool::give_back, std::tuple(2), sighting<void>::returned()) == pools{{0}});
  CHECK(after<void>({1}, &pool::give_back, std::tuple(2), sighting<void>::returned()).empty());
  CHECK(
      after<void>({1}, &pool::give_back, std::tuple(2), sighting<void>::threw("std::bad_alloc: x")).empty());
}

TEST_CASE("an empty optional means that the call has to wait") {
  CHECK(after<int>({2}, &pool::wait_for_one, std::tuple(), sighting<int>::returned(3), {7}) == pools{{3, 7}});
  CHECK(after<int>({3}, &pool::wait_for_one, std::tuple(), sighting<int>::nothing()).empty());
  CHECK(after<void>({0}, &pool::wait_until_empty, std::tuple(), sighting<void>::returned()) == pools{{0}});
  CHECK(after<void>({1}, &pool::wait_until_empty, std::tuple(), sighting<void>::returned()).empty());
}

TEST_CASE("an optional result of the operation itself does not mean waiting") {
  using maybe = std::optional<int>;
  CHECK(after<maybe>({0}, &pool::first, std::tuple(), sighting<maybe>::returned(std::nullopt)) == pools{{0}});
  CHECK(after<maybe>({2}, &pool::first, std::tuple(), sighting<maybe>::returned(2)) == pools{{2}});
  CHECK(after<maybe>({2}, &pool::first, std::tuple(), sighting<maybe>::returned(std::nullopt)).empty());
}

TEST_CASE("an acceptor judges what was seen") {
  CHECK(after<int>({2}, &pool::guess, std::tuple(1), sighting<int>::returned(3)) == pools{{2}});
  CHECK(after<int>({2}, &pool::guess, std::tuple(1), sighting<int>::returned(4)).empty());
  CHECK(after<int>({2}, &pool::guess, std::tuple(1), sighting<int>::threw("overload")) == pools{{2}});
}

TEST_CASE("a relation lists every next state") {
  CHECK(after<void>({1}, &pool::leak, std::tuple(), sighting<void>::returned()) == pools{{1}, {2}});
  CHECK(after<void>({1}, &pool::expire, std::tuple(), sighting<void>::returned()) == pools{{1}, {0}});
}

TEST_CASE("a free callable can stand for a member function") {
  const auto take_all = [](pool& p, caller who) {
    return p.last_caller = who.process, std::exchange(p.used, 3);
  };
  CHECK(after<int>({1}, take_all, std::tuple(), sighting<int>::returned(1), {2}) == pools{{3, 2}});
}

TEST_CASE("the answer that a model would have given") {
  CHECK(to_text(*expected_answer<bool>(&pool::take, pool{2}, {}, std::tuple(2))) == "false");
  CHECK(to_text(*expected_answer<int>(&pool::wait_for_one, pool{3}, {}, std::tuple())) == "waits");
  CHECK(to_text(*expected_answer<int>(&pool::wait_for_one, pool{1}, {}, std::tuple())) == "2");
  CHECK(to_text(*expected_answer<void>(&pool::give_back, pool{}, {}, std::tuple(1))) ==
        "throws std::logic_error: more than was taken");
  CHECK(!expected_answer<int>(&pool::guess, pool{}, {}, std::tuple(1)));
}

template <class F, class R, class... Args>
constexpr bool fits = model_function<F, pool, R, Args...>;

TEST_CASE("functions that do not fit are told at compile time") {
  STATIC_REQUIRE(fits<decltype(&pool::take), bool, int>);
  STATIC_REQUIRE(fits<decltype(&pool::take), bool, short>);
  STATIC_REQUIRE(!fits<decltype(&pool::take), bool, std::string>);
  STATIC_REQUIRE(!fits<decltype(&pool::take), bool>);
  STATIC_REQUIRE(!fits<decltype(&pool::take), std::string, int>);
  STATIC_REQUIRE(!fits<decltype(&pool::take), void, int>);
  STATIC_REQUIRE(!fits<decltype(&pool::give_back), int, int>);
}

TEST_CASE("a const function is known to observe only") {
  STATIC_REQUIRE(model_effect<pool, decltype(&pool::in_use), long> == effect::observes);
  STATIC_REQUIRE(model_effect<pool, decltype(&pool::take), bool, int> == effect::unknown);
  STATIC_REQUIRE(model_effect<pool, decltype(&pool::leak), void> == effect::unknown);
}

TEST_CASE("states are interned and transitions computed once") {
  model_space<pool> space(pool{});
  int computed = 0;
  const auto take = model_step<pool, bool>(&pool::take, caller{}, std::tuple(2), sighting<bool>::nothing());
  const auto counted = [&](const pool& from, pools& to) { ++computed, take(from, to); };
  const symbol_id take_two = space.add_symbol(counted);
  const symbol_id give_two = space.add_symbol(
      model_step<pool, void>(&pool::give_back, caller{}, std::tuple(2), sighting<void>::returned()));

  const auto taken = space.next(space.initial(), take_two);
  REQUIRE(taken.size() == 1);
  CHECK(space.state(taken[0]) == pool{2});
  CHECK(to_text(space.describe(taken[0])) == "pool{2, 0}");
  CHECK(space.next(taken[0], give_two)[0] == space.initial());
  CHECK(space.next(space.initial(), take_two).data() == taken.data());
  CHECK(computed == 1);
  CHECK(space.size() == 2);
  CHECK(space.effect_of(take_two) == effect::changes);
}

}  // namespace
}  // namespace heddle::test
