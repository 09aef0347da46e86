// Whole schedules: generate nothing, run, record, judge. Instrumented as a component is.
//
// The yardstick is a counter of three threads with four calls each, as a user's test would explore it.
#include <atomic>

#include <benchmark/benchmark.h>

#include <heddle/harness/scenario.hpp>
#include <heddle/heddle.hpp>

namespace {

struct counter {
  std::atomic<int> value{0};
  int add() { return ++value; }
};

struct counter_model {
  int value = 0;
  int add() { return ++value; }
  bool operator==(const counter_model&) const = default;
};

auto counter_contract() {
  return heddle::contract<counter, counter_model>("counter")
      .operation("add", &counter::add, &counter_model::add)
      .definition();
}

heddle::program three_threads_of_four_calls() {
  heddle::scenario s(counter_contract());
  for (int t = 0; t < 3; ++t) {
    s.thread();
    for (int i = 0; i < 4; ++i) s.call("add");
  }
  return s.written();
}

// Every schedule's history is judged unless an equal one was.
void explored_schedules(benchmark::State& state) {
  const auto contract = counter_contract();
  const heddle::program p = three_threads_of_four_calls();
  constexpr std::int64_t batch = 2'000;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    const auto result = heddle::harness::explore_program(
        *contract, p,
        {.seed = ++seed, .limits = {.schedules = static_cast<std::uint64_t>(batch)}, .run = {}});
    if (result.found || result.schedules != static_cast<std::uint64_t>(batch))
      state.SkipWithError("the counter failed");
  }
  state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(explored_schedules)->Unit(benchmark::kMillisecond);

// As check() does it: new programs all the time, 24 schedules each.
void checked_schedules(benchmark::State& state) {
  const auto contract = counter_contract();
  constexpr std::int64_t batch = 2'000;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    const auto result = heddle::harness::explore(
        *contract, {.seed = ++seed, .limits = {.schedules = static_cast<std::uint64_t>(batch)}, .run = {}});
    if (result.found) state.SkipWithError("the counter failed");
  }
  state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(checked_schedules)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
