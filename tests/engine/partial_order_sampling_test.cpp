// Partial-order sampling: independent operations do not stand in the way of rare orders.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <map>
#include <memory>

#include <catch2/catch.hpp>

#include <heddle/harness/strategies/partial_order_sampling.hpp>
#include <heddle/harness/strategies/random_walk.hpp>

#include "small_programs.hpp"

using namespace heddle;
using namespace heddle::harness;

namespace {

using variable = std::shared_ptr<std::atomic<int>>;

variable make_variable() {
  return std::make_shared<std::atomic<int>>(0);
}

// The reader's one operation has to wait for all that the writer does before it publishes.
threads late_publication(bool& bug) {
  const variable published = make_variable();
  return threads({[=] {
                    work_alone(15);
                    published->store(1);
                  },
                  [=, &bug] { bug = published->load() == 1; }});
}

using reads = std::array<int, 3>;

// Each process publishes in its own variable and reads its neighbour's, with more and more to do of its own
// in between: a final state is what was read.
threads ring(reads& seen) {
  std::vector<body> bodies;
  const std::array<variable, 3> slots{make_variable(), make_variable(), make_variable()};
  for (std::size_t i = 0; i < slots.size(); ++i)
    bodies.push_back([=, &seen] {
      work_alone(5 * static_cast<int>(i));
      slots[i]->store(1);
      seen[i] = slots[(i + 1) % slots.size()]->load();
    });
  return threads(std::move(bodies));
}

std::map<reads, int> final_states(strategy& by, int schedules) {
  std::map<reads, int> states;
  for (int i = 0; i < schedules; ++i) {
    reads seen{};
    by.begin(derive_seed(5, static_cast<std::uint64_t>(i)));
    by.end(runtime::run(by, {.detect_races = false}, ring(seen)));
    ++states[seen];
  }
  return states;
}

int least(const std::map<reads, int>& states) {
  return std::min_element(states.begin(), states.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->second;
}

// In bits; at most the logarithm of the number of states, if all are equally frequent.
double entropy(const std::map<reads, int>& states, int schedules) {
  double bits = 0;
  for (const auto& [state, times] : states) {
    const double p = static_cast<double>(times) / schedules;
    bits -= p * std::log2(p);
  }
  return bits;
}

// How often, of 10,000 times, an operation of thread 1 waits for seven stores by thread 0.
int times_it_waited(runtime::pending_operation waiting) {
  constexpr runtime::thread_id both[] = {0, 1};
  partial_order_sampling sampling;
  int waited = 0;
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    sampling.begin(derive_seed(9, seed));
    const runtime::pending_operation pending[] = {{runtime::action::store, 4, 0, false, 0x1000, nullptr},
                                                  waiting};
    std::uint64_t stores = 0;
    while (stores < 7 && sampling.choose_thread({stores, 0, true, both, pending}) == 0) ++stores;
    waited += stores == 7;
  }
  return waited;
}

}  // namespace

// Five standard deviations: a right implementation is outside with probability 1e-6, and the seeds are fixed.
TEST_CASE("POS: to wait for m operations has probability 1/(m+1) if independent, 2^-m if all conflict") {
  const auto about = [](double p) { return Approx(10'000 * p).margin(5 * std::sqrt(10'000 * p * (1 - p))); };
  using runtime::action;
  CHECK(times_it_waited({action::store, 4, 0, false, 0x2000, nullptr}) == about(1.0 / 8));
  CHECK(times_it_waited({action::lock, 0, 0, false, 0x1000, nullptr}) == about(1.0 / 8));
  CHECK(times_it_waited({action::load, 1, 0, false, 0x1003, nullptr}) == about(1.0 / 128));
  CHECK(times_it_waited({action::load, 1, 0, false, 0x1004, nullptr}) == about(1.0 / 8));
}

// The reader is late if the priority of its start or of its load is the least of some 17 that are drawn
// meanwhile: about 2/17 in all. A random walk needs about 17 coins to fall alike.
TEST_CASE("POS finds what a random walk practically never does: an operation that waits for many") {
  partial_order_sampling sampling;
  random_walk walk;
  constexpr int schedules = 2'000;
  const int found = hits_of(sampling, schedules, 1, late_publication);
  const int found_walking = hits_of(walk, schedules, 1, late_publication);
  INFO(found << " and " << found_walking);
  CHECK(found > 0);
  CHECK(found > 10 * found_walking);
}

TEST_CASE("POS finds the planted bugs of depth 1, 2 and 3") {
  partial_order_sampling sampling;
  CHECK(hits_of(sampling, 100, 2, use_before_initialisation) > 0);
  CHECK(hits_of(sampling, 100, 2, lost_update) > 0);
  CHECK(hits_of(sampling, 100, 2, two_sided_tear) > 0);
}

TEST_CASE("POS samples partial orders more uniformly than a random walk") {
  constexpr int schedules = 2'000;
  partial_order_sampling sampling;
  random_walk walk;
  const auto sampled = final_states(sampling, schedules);
  const auto walked = final_states(walk, schedules);
  INFO(sampled.size() << " states, least " << least(sampled) << ", " << entropy(sampled, schedules)
                      << " bits; by random walk " << walked.size() << ", " << least(walked) << ", "
                      << entropy(walked, schedules));
  CHECK(sampled.size() == 7);  // of 8: not all three can read 0
  CHECK(sampled.size() > walked.size());
  CHECK(entropy(sampled, schedules) > entropy(walked, schedules));
}
