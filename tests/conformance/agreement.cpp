#include "agreement.hpp"

#include <atomic>

#include <catch2/catch.hpp>

#include <heddle/runtime/runtime.hpp>

#include "choosers.hpp"

namespace conformance {
namespace {

std::atomic<const char*> first_failure{nullptr};

void run_simulated(void (*scenario)(), std::uint64_t seed) {
  runtime_tests::random_chooser chooser(seed);
  heddle::runtime::options how;
  how.max_steps = 100'000;
  how.plain_accesses = seed % 2 == 0;
  how.random_seed = seed;
  const heddle::runtime::result outcome = heddle::runtime::run(chooser, how, [&] {
    heddle::runtime::control_scope on(true);
    scenario();
  });
  const char* failure = first_failure.exchange(nullptr);
  INFO("schedule of seed " << seed << ": " << runtime_tests::describe(outcome));
  if (failure != nullptr) FAIL(failure);
  if (outcome.how != heddle::runtime::ending::completed) FAIL("the schedule did not complete");
  if (!outcome.races.empty()) FAIL("a data race was reported");
}

}  // namespace

void expect(bool held, const char* what) {
  if (held) return;
  heddle::runtime::control_scope off(false);
  const char* none = nullptr;
  first_failure.compare_exchange_strong(none, what);
}

bool simulated() {
  return heddle::runtime::running();
}

void agree(void (*scenario)(), effort how) {
  for (int round = 0; round < how.real_rounds; ++round) {
    scenario();
    if (const char* failure = first_failure.exchange(nullptr)) FAIL("on real threads: " << failure);
  }
  for (int seed = 1; seed <= how.schedules; ++seed) run_simulated(scenario, static_cast<std::uint64_t>(seed));
  SUCCEED("all runs agree");
}

}  // namespace conformance
