// Every monitor against the general search on 100,000 random small histories, and against the definition of
// linearizability on a part of them.
#include <catch2/catch.hpp>

#include <heddle/linearizability/checker.hpp>

#include "linearizability/brute_force.hpp"
#include "random_operations.hpp"

namespace heddle::test {
namespace {

struct tally {
  std::uint32_t linearizable = 0;
  std::uint32_t violation = 0;
  std::uint32_t not_applicable = 0;
};

class agreement {
 public:
  explicit agreement(object what) : what_(what), reference_(what) {}

  tally over(std::uint32_t histories) {
    for (std::uint32_t seed = 1; seed <= histories; ++seed) {
      if (seed % 2000 == 0) reference_ = specification(what_);  // bounds the memory of what was met
      operation_generator generator(what_, seed);
      const bool small = seed % 10 == 0;
      const std::uint32_t operations = 2 + generator.below(small ? 5 : 10);
      const auto history = generator.generate(operations, 2 + generator.below(3));
      INFO(monitors::name_of(what_) << ", seed " << seed);
      expect_agreement(history, small);
    }
    return seen_;
  }

  /// Is there a violation whose pattern is small enough to be searched? Then that is one, too.
  bool rests_on_pattern(const std::vector<operation>& history) {
    const monitors::verdict v = monitors::judge(what_, history);
    if (!v.self_contained || v.operations.size() > 30) return false;
    expect_pattern(history, v);
    return true;
  }

 private:
  void expect_agreement(const std::vector<operation>& history, bool small) {
    const monitors::verdict v = monitors::judge(what_, history);
    if (v.result == monitors::outcome::not_applicable) {
      ++seen_.not_applicable;
      REQUIRE(!v.why.empty());
      return;
    }
    const bool linearizable = v.result == monitors::outcome::linearizable;
    ++(linearizable ? seen_.linearizable : seen_.violation);
    INFO(v.why);
    REQUIRE(search(history) == linearizable);
    if (small)
      REQUIRE(brute_force(reference_.actions(history), reference_.model()).linearizable() == linearizable);
    if (!linearizable) expect_pattern(history, v);
  }

  /// A violation names operations of the history; where they are self-contained, they alone are one.
  void expect_pattern(const std::vector<operation>& history, const monitors::verdict& v) {
    REQUIRE(!v.why.empty());
    REQUIRE(!v.operations.empty());
    REQUIRE(std::is_sorted(v.operations.begin(), v.operations.end()));
    REQUIRE(v.operations.back() < history.size());
    if (!v.self_contained) return;
    std::vector<operation> pattern;
    for (const std::uint32_t i : v.operations) pattern.push_back(history[i]);
    REQUIRE(!search(pattern));
  }

  bool search(const std::vector<operation>& history) {
    const auto v = searcher_.check(reference_.actions(history), reference_.model(), {.explain = false});
    return v.result == linearizability::outcome::linearizable;
  }

  object what_;
  specification reference_;
  linearizability::checker searcher_;
  tally seen_;
};

void expect_agreement(object what) {
  constexpr std::uint32_t histories = 100'000;
  const tally t = agreement(what).over(histories);
  INFO(monitors::name_of(what) << ": " << t.linearizable << " linearizable, " << t.violation << " not, "
                               << t.not_applicable << " not for the monitor");
  const std::uint32_t applicable = t.linearizable + t.violation;
  CHECK(applicable >= histories * 3 / 4);
  CHECK(t.linearizable >= applicable * 15 / 100);
  CHECK(t.violation >= applicable * 15 / 100);
}

TEST_CASE("the register's monitor agrees with the search") {
  expect_agreement(object::plain_register);
}
TEST_CASE("the compare-and-set register's monitor agrees with the search") {
  expect_agreement(object::cas_register);
}
TEST_CASE("the set's monitor agrees with the search") {
  expect_agreement(object::set);
}
TEST_CASE("the counter's monitor agrees with the search") {
  expect_agreement(object::counter);
}
TEST_CASE("the queue's monitor agrees with the search") {
  expect_agreement(object::fifo_queue);
}
TEST_CASE("the stack's monitor agrees with the search") {
  expect_agreement(object::stack);
}
TEST_CASE("the priority queue's monitor agrees with the search") {
  expect_agreement(object::priority_queue);
}

TEST_CASE(
    "in long histories, too, violations are none where there are none, and elsewhere rest on their "
    "patterns") {
  for (const object what : {object::plain_register, object::cas_register, object::set, object::counter,
                            object::fifo_queue, object::stack, object::priority_queue}) {
    std::uint32_t judged = 0;
    std::uint32_t patterns = 0;
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
      INFO(monitors::name_of(what) << ", seed " << seed);
      operation_generator generator(what, seed, 1'000'000);
      const auto right = monitors::judge(what, generator.execute(300, 6));
      REQUIRE(right.result != monitors::outcome::violation);
      judged += right.result == monitors::outcome::linearizable ? 1 : 0;
      const auto history = generator.generate(300, 6);
      patterns += agreement(what).rests_on_pattern(history) ? 1 : 0;
    }
    INFO(monitors::name_of(what) << ": " << judged << " judged, " << patterns << " patterns");
    CHECK(judged >= 100);
    CHECK((patterns >= 50 || what == object::counter));  // whose violations are not self-contained
  }
}

}  // namespace
}  // namespace heddle::test
