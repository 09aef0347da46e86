// Delay bounding: so many schedules and no others.
#include <vector>

#include <catch2/catch.hpp>

#include <heddle/harness/strategies/delay_bounding.hpp>
#include <heddle/harness/strategies/preemption_bounding.hpp>

#include "small_programs.hpp"

using namespace heddle;
using namespace heddle::harness;

namespace {

/// The threads of stores(n, k) by themselves: steps left of each process, and the body, which waits for them
/// in order.
struct steps_left {
  std::vector<int> of_process;
  std::size_t joined = 0;  ///< processes that the body has waited for
  bool body_blocked = true;
};

// Brute force: schedules from here with at most `delays` delays, by the definition of the round-robin
// scheduler. `current` took the last step (0: the body).
std::uint64_t count_schedules(const steps_left& s, std::size_t current, std::uint32_t delays) {
  std::vector<std::size_t> round;
  const std::size_t threads = s.of_process.size() + 1;
  for (std::size_t i = 0; i < threads; ++i) {
    const std::size_t t = (current + i) % threads;
    if (t == 0 ? !s.body_blocked : s.of_process[t - 1] > 0) round.push_back(t);
  }
  if (round.empty()) return 1;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < round.size() && i <= delays; ++i) {
    steps_left after = s;
    const std::size_t t = round[i];
    if (t == 0) {
      ++after.joined;
      after.body_blocked = after.joined == after.of_process.size() || after.of_process[after.joined] > 0;
    } else if (--after.of_process[t - 1] == 0 && after.joined == t - 1) {
      after.body_blocked = false;
    }
    count += count_schedules(after, t, delays - static_cast<std::uint32_t>(i));
  }
  return count;
}

std::uint64_t count_schedules(int processes, int stores, std::uint32_t delays) {
  const int start_and_exit = 2;
  return count_schedules({std::vector<int>(static_cast<std::size_t>(processes), stores + start_and_exit)}, 0,
                         delays);
}

}  // namespace

TEST_CASE("without delays there is one schedule: one thread after the other, in the order of their ids") {
  for (const int n : {1, 2, 3, 4}) {
    const enumeration seen = enumerate<delay_bounding>(0, stores(n, 2));
    std::vector<int> in_order;
    for (int id = 0; id < n; ++id) in_order.insert(in_order.end(), 2, id);
    CHECK(seen.schedules == 1);
    CHECK(seen.orders == std::set<std::vector<int>>{in_order});
    CHECK(seen.complete == (n == 1));
  }
}

// Two threads of m = k + 2 steps: each step is a choice between two (while the second runs, the body would go
// on), so that there are 2m ways to delay once.
TEST_CASE("with one delay, one more schedule for each choice between two") {
  for (const int k : {1, 2, 5}) {
    const enumeration seen = enumerate<delay_bounding>(1, stores(2, k));
    CHECK(seen.schedules == static_cast<std::uint64_t>(1 + 2 * (k + 2)));
    CHECK(seen.distinct.size() == seen.schedules);
  }
}

TEST_CASE("with d delays, as many schedules as brute force counts, each once") {
  for (const int n : {1, 2, 3, 4})
    for (const int k : {1, 2})
      for (const std::uint32_t d : {0u, 1u, 2u, 3u}) {
        INFO(n << " threads of " << k << " stores, " << d << " delays");
        const enumeration seen = enumerate<delay_bounding>(d, stores(n, k));
        CHECK(seen.schedules == count_schedules(n, k, d));
        CHECK(seen.distinct.size() == seen.schedules);
      }
}

TEST_CASE("with delays enough, the space is that of preemption bounding") {
  const enumeration delayed = enumerate<delay_bounding>(1000, stores(2, 2));
  const enumeration preempted = enumerate<preemption_bounding>(1000, stores(2, 2));
  CHECK(delayed.complete);
  CHECK(delayed.distinct == preempted.distinct);
}

TEST_CASE("bugs of depth 1, 2 and 3 take 1, 1 and 2 delays") {
  CHECK(hits<delay_bounding>(0, use_before_initialisation) == 0);  // the writer is the first thread
  CHECK(hits<delay_bounding>(1, use_before_initialisation) > 0);
  CHECK(hits<delay_bounding>(0, lost_update) == 0);
  CHECK(hits<delay_bounding>(1, lost_update) > 0);
  CHECK(hits<delay_bounding>(1, two_sided_tear) == 0);
  CHECK(hits<delay_bounding>(2, two_sided_tear) > 0);
}
