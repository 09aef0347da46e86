// What the checker decides, by small examples; the general agreement with the definition is in
// checker_oracle_test.cpp.
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include <heddle/linearizability/checker.hpp>
#include <heddle/linearizability/model_space.hpp>

#include "sample_models.hpp"

namespace heddle::test {
namespace {

using namespace linearizability;

/// Writes and reads of small numbers in a register that holds 0.
class registers {
 public:
  symbol_id write(int v) {
    return known(100 + v, [v](int) { return std::vector{v}; });
  }
  symbol_id read(int v) {
    return known(v, [v](int now) { return now == v ? std::vector{v} : std::vector<int>{}; });
  }
  transition_system& model() { return space_; }

 private:
  symbol_id known(int name, std::function<std::vector<int>(int)> next) {
    const auto [at, fresh] = symbols_.try_emplace(name, 0);
    if (fresh) at->second = space_.add_symbol([next](int from, std::vector<int>& to) { to = next(from); });
    return at->second;
  }

  model_space<int> space_{0};
  std::map<int, symbol_id> symbols_;
};

TEST_CASE("an empty history is linearizable") {
  registers r;
  const verdict v = check({}, r.model());
  CHECK(v.result == outcome::linearizable);
  CHECK(v.order.empty());
}

TEST_CASE("a read of an overwritten value is the culprit") {
  registers r;
  const std::vector<action> history = {{.symbol = r.write(1), .invoked = 0, .returned = 1},
                                       {.symbol = r.write(2), .invoked = 2, .returned = 3},
                                       {.symbol = r.read(2), .invoked = 4, .returned = 7},
                                       {.symbol = r.read(1), .invoked = 5, .returned = 6},
                                       {.symbol = r.read(2), .invoked = 8, .returned = 9}};
  const verdict v = check(history, r.model());
  CHECK(v.result == outcome::violation);
  CHECK(v.culprit == 3);
  REQUIRE(v.order.size() == 2);  // the longest prefix, up to the response of the second write
  CHECK(v.order[0].action == 0);
  CHECK(v.order[1].action == 1);
}

TEST_CASE("concurrent calls may take effect in either order") {
  registers r;
  const std::vector<action> history = {{.symbol = r.write(1), .invoked = 0, .returned = 5},
                                       {.symbol = r.write(2), .invoked = 1, .returned = 4},
                                       {.symbol = r.read(1), .invoked = 6, .returned = 7}};
  const verdict v = check(history, r.model());
  CHECK(v.result == outcome::linearizable);
  REQUIRE(v.order.size() == 3);
  CHECK(v.order[0].action == 1);
}

TEST_CASE("writing what the register holds already may have to wait for another write") {
  registers r;
  const std::vector<action> history = {{.symbol = r.write(0), .invoked = 0, .returned = 9},
                                       {.symbol = r.write(2), .invoked = 1, .returned = 2},
                                       {.symbol = r.read(0), .invoked = 3, .returned = 4}};
  CHECK(check(history, r.model()).result == outcome::linearizable);
}

TEST_CASE("an operation of unknown outcome took effect if somebody saw it") {
  registers r;
  const action lost = {.symbol = r.write(1), .invoked = 0, .owed = obligation::optional};
  const action sees = {.symbol = r.read(1), .invoked = 4, .returned = 5};
  const action sees_not = {.symbol = r.read(0), .invoked = 2, .returned = 3};
  CHECK(check(std::vector{lost, sees_not, sees}, r.model()).result == outcome::linearizable);
  const action sees_not_again = {.symbol = r.read(0), .invoked = 6, .returned = 7};
  CHECK(check(std::vector{lost, sees, sees_not_again}, r.model()).result == outcome::violation);
  const verdict v = check(std::vector{lost, sees_not}, r.model());
  CHECK(v.order.size() == 1);  // not placed where it is not needed
}

TEST_CASE("a blocked call is right only while it is not enabled") {
  const sample_model lock = lock_model();
  constexpr symbol_id acquire = 0;
  constexpr symbol_id release = 1;
  std::vector<action> history = {{.symbol = acquire, .invoked = 0, .returned = 1},
                                 {.symbol = acquire, .invoked = 2, .owed = obligation::blocked}};
  CHECK(check(history, *lock.space).result == outcome::linearizable);
  history.push_back({.symbol = release, .invoked = 3, .returned = 4});
  const verdict v = check(history, *lock.space);
  CHECK(v.result == outcome::violation);
  CHECK(v.culprit == 1);
  CHECK(v.order.size() == 2);
}

TEST_CASE("a grant waits for its request, and for its turn") {
  const sample_model semaphore = fair_semaphore_model();  // one permit
  const auto [request_0, grant_0] = semaphore.two_phase[0];
  const auto [request_1, grant_1] = semaphore.two_phase[1];
  std::vector<action> history = {{.symbol = request_0, .invoked = 0, .returned = 4},
                                 {.symbol = grant_0, .invoked = 0, .returned = 4, .after = 0},
                                 {.symbol = request_1, .invoked = 1},
                                 {.symbol = grant_1, .invoked = 1, .owed = obligation::blocked, .after = 2}};
  CHECK(check(history, *semaphore.space).result == outcome::linearizable);
  history[1] = {.symbol = grant_0, .invoked = 0, .owed = obligation::blocked, .after = 0};
  history[2].invoked = history[3].invoked = 5;
  const verdict v = check(history, *semaphore.space);  // nobody has the permit
  CHECK(v.result == outcome::violation);
  CHECK(v.culprit == 1);  // the first in the queue ought to have gone on
}

TEST_CASE("partitions are judged one by one") {
  registers r;
  std::vector<action> history = {{.symbol = r.write(1), .invoked = 0, .returned = 1, .partition = 7},
                                 {.symbol = r.read(0), .invoked = 2, .returned = 3, .partition = 8},
                                 {.symbol = r.read(1), .invoked = 4, .returned = 5, .partition = 7}};
  const verdict v = check(history, r.model());
  CHECK(v.result == outcome::linearizable);
  CHECK(v.order.size() == 3);
  history[1].partition = 7;
  CHECK(check(history, r.model()).culprit == 1);
}

TEST_CASE("an action of every partition takes effect on each") {
  registers r;
  std::vector<action> history = {
      {.symbol = r.write(1), .invoked = 0, .returned = 1, .partition = every_partition},
      {.symbol = r.read(1), .invoked = 2, .returned = 3, .partition = 1},
      {.symbol = r.read(1), .invoked = 4, .returned = 5, .partition = 2}};
  CHECK(check(history, r.model()).result == outcome::linearizable);
  history[2].symbol = r.read(0);
  CHECK(check(history, r.model()).culprit == 2);
}

TEST_CASE("partitioned and whole checking agree") {
  registers one;
  model_space<std::pair<int, int>> two({0, 0});
  std::vector<symbol_id> of_one, of_two;  // per key: write 0, write 1, read 0, read 1
  for (int s = 0; s < 4; ++s) of_one.push_back(s < 2 ? one.write(s) : one.read(s - 2));
  for (int s = 0; s < 8; ++s) {
    of_two.push_back(two.add_symbol([s](std::pair<int, int> from, std::vector<std::pair<int, int>>& to) {
      int& cell = s < 4 ? from.first : from.second;
      const int number = s % 2;
      if (s % 4 >= 2 && cell != number) return;
      cell = number;
      to.push_back(from);
    }));
  }
  std::mt19937 random(3);
  int counts[2] = {};
  for (int round = 0; round < 5000; ++round) {
    std::vector<action> whole, parts;
    for (std::uint32_t i = 0; i < 7; ++i) {
      const auto s = static_cast<std::uint32_t>(random() % 8);
      const auto start = static_cast<std::uint32_t>(100 * i + random() % 100);
      whole.push_back({.symbol = of_two[s],
                       .invoked = start,
                       .returned = start + 1 + static_cast<std::uint32_t>(random() % 300)});
      parts.push_back(whole.back());
      parts.back().symbol = of_one[s % 4];
      parts.back().partition = s / 4;
    }
    const outcome expected = check(whole, two).result;
    REQUIRE(check(parts, one.model()).result == expected);
    ++counts[expected == outcome::linearizable ? 0 : 1];
  }
  CHECK(counts[0] > 500);
  CHECK(counts[1] > 500);
}

TEST_CASE("what is hopeless without a lost write is not searched again with it") {
  // In each round a lost write may have been what was read last, or not: 2^20 sets of lost writes that were
  // used.
  constexpr std::uint32_t rounds = 20;
  registers r;
  std::vector<action> history;
  for (std::uint32_t i = 0; i < rounds; ++i)
    history.push_back({.symbol = r.write(static_cast<int>(i)), .invoked = i, .owed = obligation::optional});
  for (std::uint32_t i = 0; i < rounds; ++i) {
    const std::uint32_t at = 100 + 10 * i;
    history.push_back({.symbol = r.write(static_cast<int>(i)), .invoked = at, .returned = at + 3});
    history.push_back({.symbol = r.write(50), .invoked = at + 1, .returned = at + 2});
    history.push_back({.symbol = r.read(static_cast<int>(i)), .invoked = at + 4, .returned = at + 5});
  }
  CHECK(check(history, r.model()).result == outcome::linearizable);
  history.push_back({.symbol = r.read(77), .invoked = 1000, .returned = 1001});
  const verdict v = check(history, r.model(), {.max_steps = 100'000});
  CHECK(v.result == outcome::violation);
  CHECK(v.culprit == history.size() - 1);
}

TEST_CASE("a long history is searched without recursion and in little memory") {
  registers r;
  std::vector<action> history;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const int number = static_cast<int>(i % 5);
    history.push_back({.symbol = r.write(number), .invoked = 4 * i, .returned = 4 * i + 3});
    history.push_back({.symbol = r.read(number), .invoked = 4 * i + 1, .returned = 4 * i + 5});
  }
  CHECK(check(history, r.model()).result == outcome::linearizable);
  history.back().symbol = r.read(2);
  CHECK(check(history, r.model()).culprit == history.size() - 1);
}

TEST_CASE("the checker gives up when its steps are used up") {
  registers r;
  std::vector<action> history;
  for (std::uint32_t i = 0; i < 10; ++i)
    history.push_back({.symbol = r.write(static_cast<int>(i)), .invoked = i, .returned = 100 + i});
  history.push_back({.symbol = r.read(77), .invoked = 200, .returned = 201});
  const verdict v = check(history, r.model(), {.max_steps = 50});
  CHECK(v.result == outcome::unknown);
  CHECK(v.steps == 50);
  CHECK(check(history, r.model()).result == outcome::violation);
}

TEST_CASE("malformed histories are refused by name") {
  registers r;
  const symbol_id read = r.read(0);
  const auto refuses = [&](action a, const char* why) {
    CHECK_THROWS_WITH(check(std::vector{action{.symbol = read, .invoked = 0, .returned = 1}, a}, r.model()),
                      why);
  };
  refuses({.symbol = read, .invoked = 3, .returned = 2}, "action 1 returned before it was invoked");
  refuses({.symbol = read, .invoked = 2, .returned = 3, .owed = obligation::optional},
          "action 1 is not required, so it cannot have a response");
  refuses({.symbol = read, .invoked = 2, .returned = 3, .after = 5},
          "action 1 is after an action that does not exist");
  refuses({.symbol = read, .invoked = 2, .returned = 3, .after = 1}, "action 1 is after itself");
  refuses({.symbol = read, .invoked = 2, .returned = 3, .after = 0, .partition = 4},
          "action 1 is after an action of another partition");
}

}  // namespace
}  // namespace heddle::test
