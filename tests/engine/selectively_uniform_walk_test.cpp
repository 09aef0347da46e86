// The selectively uniform walk: every order of the interesting operations is equally likely, whatever lies
// between.
#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <numeric>

#include <catch2/catch.hpp>

#include <heddle/harness/strategies/random_walk.hpp>
#include <heddle/harness/strategies/selectively_uniform_walk.hpp>

#include "small_programs.hpp"

using namespace heddle;
using namespace heddle::harness;

namespace {

// Two threads of unequal length add to one counter, with work of their own in between: `seen` is what the
// shorter one found, the place of its operation among the others'.
constexpr int others = 6;

threads unequal(int& seen) {
  const auto counter = std::make_shared<std::atomic<int>>(0);
  return threads({[=, &seen] { seen = counter->fetch_add(1); },
                  [=] {
                    for (int i = 0; i < others; ++i) {
                      work_alone(i);
                      counter->fetch_add(1);
                    }
                  }});
}

// How often the short thread came after 0, 1, … of the others.
std::vector<int> places(strategy& by, int schedules, std::uint64_t seed) {
  std::vector<int> count(others + 1);
  for (int i = 0; i < schedules; ++i) {
    int seen = 0;
    by.begin(derive_seed(seed, static_cast<std::uint64_t>(i)));
    by.end(runtime::run(by, {.detect_races = false}, unequal(seen)));
    ++count[static_cast<std::size_t>(seen)];
  }
  return count;
}

// Pearson's statistic against all being equally likely.
double chi_square(const std::vector<int>& count) {
  const double expected =
      static_cast<double>(std::accumulate(count.begin(), count.end(), 0)) / static_cast<double>(count.size());
  double sum = 0;
  for (const int c : count) sum += (c - expected) * (c - expected) / expected;
  return sum;
}

// A lost update whose window is small beside what the threads do otherwise.
threads lost_update_in_noise(bool& bug) {
  const auto x = std::make_shared<std::atomic<int>>(0);
  const auto increments = std::make_shared<std::atomic<int>>(0);
  const auto increment = [=, &bug](int before, int after) {
    work_alone(before);
    const int seen = x->load();
    x->store(seen + 1);
    work_alone(after);
    const runtime::control_scope off(false);
    if (++*increments == 2) bug = x->load() == 1;
  };
  return threads({[=] { increment(0, 30); }, [=] { increment(30, 0); }});
}

// The last operation of the long thread before the first one of the short one.
threads after_all_others(bool& bug) {
  const auto counter = std::make_shared<std::atomic<int>>(0);
  return threads({[=, &bug] { bug = counter->fetch_add(1) == 20; },
                  [=] {
                    for (int i = 0; i < 20; ++i) counter->fetch_add(1);
                  }});
}

}  // namespace

// Six degrees of freedom: a right implementation exceeds 50 with probability 5e-9.
TEST_CASE("SURW makes every order of the interesting operations equally likely") {
  constexpr int schedules = 7'000;
  selectively_uniform_walk uniform;
  random_walk walk;
  const double by_surw = chi_square(places(uniform, schedules, 1));
  const double by_walk = chi_square(places(walk, schedules, 1));
  INFO(by_surw << " and " << by_walk);
  CHECK(by_surw < 50);
  CHECK(by_walk > 50);
}

TEST_CASE(
    "SURW finds a lost update in much noise, and an operation after all others, sooner than a random walk") {
  constexpr int schedules = 1'000;
  for (const auto& program : {lost_update_in_noise, after_all_others}) {
    selectively_uniform_walk uniform;
    random_walk walk;
    const int found = hits_of(uniform, schedules, 2, program);
    const int found_walking = hits_of(walk, schedules, 2, program);
    INFO(found << " and " << found_walking);
    CHECK(found > 0);
    CHECK(found > 10 * found_walking);
  }
}

TEST_CASE("SURW finds the planted bugs of depth 1, 2 and 3") {
  selectively_uniform_walk first, second, third;
  CHECK(hits_of(first, 100, 2, use_before_initialisation) > 0);
  CHECK(hits_of(second, 100, 2, lost_update) > 0);
  CHECK(hits_of(third, 100, 2, two_sided_tear) > 0);
}
